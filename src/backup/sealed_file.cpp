#include "backup/sealed_file.hpp"

#include "json/codec.hpp"

#include <charconv>

namespace reeve::backup {
namespace {

constexpr std::string_view kMagic = "reeve-backup ";
constexpr int kFormat = 1;
constexpr std::size_t kMostHeader = 4096;
// What a file may ask of the machine that reads it.
constexpr std::uint64_t kMostOperations = 64;
constexpr std::uint64_t kMostMemory = std::uint64_t{1} << 30;

constexpr auto kOverhead = crypto_secretstream_xchacha20poly1305_ABYTES;
constexpr auto kStreamHeader = crypto_secretstream_xchacha20poly1305_HEADERBYTES;

/// How the bytes are sealed; all empty if they are not.
struct Seal {
  std::optional<std::string> cipher;  // "argon2id+xchacha20poly1305"
  std::string salt, check, stream;    // hexadecimal
  std::uint64_t operations = 0, memory = 0;
};
BOOST_DESCRIBE_STRUCT(Seal, (), (cipher, salt, check, stream, operations, memory))

constexpr std::string_view kCipher = "argon2id+xchacha20poly1305";

unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }
const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

Failure damaged(const InFile& file, std::string_view why) {
  return fail(Errc::corrupt, "the backup {} is damaged: {}", file.path().native(), why);
}

/// libsodium chooses its implementations at the first call.
Result<> prepare() {
  if (sodium_init() < 0) return fail(Errc::internal, "libsodium cannot be used here");
  return {};
}

}  // namespace

Result<SealedWriter> SealedWriter::create(const std::filesystem::path& path,
                                          const Passphrase& passphrase, const KeyCost& cost) {
  TRY(prepare());
  TRY_ASSIGN(auto file, NewFile::create(path));
  SealedWriter writer(std::move(file));
  writer.header_ = fmt::format("{}{}\n", kMagic, kFormat);
  if (passphrase) {
    TRY(writer.seal(*passphrase, cost));
  } else {
    writer.header_ += json::encode_text(Seal{}) + "\n";
  }
  TRY(writer.file_.write(writer.header_));
  return writer;
}

Result<> SealedWriter::seal(const Secret& passphrase, const KeyCost& cost) {
  auto salt = random_bytes(crypto_pwhash_SALTBYTES);
  TRY_ASSIGN(auto keys, derive_keys(passphrase, salt, cost));
  std::string stream(kStreamHeader, '\0');
  crypto_secretstream_xchacha20poly1305_init_push(&state_, bytes_of(stream), keys.stream.data());
  Seal seal{std::string(kCipher), to_hex(salt),    to_hex(keys.check),
            to_hex(stream),       cost.operations, cost.memory};
  header_ += json::encode_text(seal) + "\n";
  is_sealed_ = true;
  return {};
}

Result<> SealedWriter::write(std::string_view bytes) {
  if (!is_sealed_) return file_.write(bytes);
  waiting_ += bytes;
  std::string_view rest = waiting_;
  while (rest.size() > detail::kChunk) {
    TRY(push(rest.substr(0, detail::kChunk), crypto_secretstream_xchacha20poly1305_TAG_MESSAGE));
    rest.remove_prefix(detail::kChunk);
  }
  waiting_ = std::string(rest);
  return {};
}

Result<> SealedWriter::push(std::string_view chunk, unsigned char tag) {
  std::string sealed(chunk.size() + kOverhead, '\0');
  auto more = std::exchange(header_, {});
  crypto_secretstream_xchacha20poly1305_push(&state_, bytes_of(sealed), nullptr, bytes_of(chunk),
                                             chunk.size(), bytes_of(std::string_view(more)),
                                             more.size(), tag);
  return file_.write(sealed);
}

Result<> SealedWriter::finish() {
  if (is_sealed_) TRY(push(waiting_, crypto_secretstream_xchacha20poly1305_TAG_FINAL));
  return file_.flush();
}

Result<SealedReader> SealedReader::open(const std::filesystem::path& path) {
  TRY(prepare());
  TRY_ASSIGN(auto file, InFile::open(path));
  SealedReader reader(std::move(file));
  TRY(reader.read_header());
  return reader;
}

Result<std::string> SealedReader::header_line() {
  std::string line;
  while (!line.ends_with('\n')) {
    TRY_ASSIGN(auto one, file_.read(1));
    if (one.empty() || line.size() > kMostHeader)
      return fail(Errc::invalid, "{} is no backup of reeve's", file_.path().native());
    line += one;
  }
  header_ += line;
  line.pop_back();
  return line;
}

Result<> SealedReader::read_header() {
  TRY_ASSIGN(auto first, header_line());
  int format = 0;
  bool is_ours =
      first.starts_with(kMagic) &&
      std::from_chars(first.data() + kMagic.size(), first.data() + first.size(), format).ec ==
          std::errc();
  if (!is_ours) return fail(Errc::invalid, "{} is no backup of reeve's", file_.path().native());
  if (format > kFormat)
    return fail(Errc::unsupported,
                "the backup {} has format {}, this reeve knows formats up to {}: restore it with "
                "the newer reeve that made it",
                file_.path().native(), format, kFormat);
  TRY_ASSIGN(auto second, header_line());
  auto seal = json::decode_text<Seal>(second, json::Mode::lenient);
  if (!seal) return damaged(file_, "its header cannot be read");
  is_sealed_ = seal->cipher.has_value();
  if (!is_sealed_) return {};
  bool is_usable = *seal->cipher == kCipher && seal->operations >= 1 && seal->memory >= 8192 &&
                   seal->operations <= kMostOperations && seal->memory <= kMostMemory;
  if (!is_usable)
    return fail(Errc::unsupported,
                "the backup {} is encrypted in a way that this reeve does not know",
                file_.path().native());
  operations_ = seal->operations;
  memory_ = seal->memory;
  TRY_ASSIGN(salt_, from_hex(seal->salt, crypto_pwhash_SALTBYTES), "in the backup's header");
  TRY_ASSIGN(check_, from_hex(seal->check, 32), "in the backup's header");
  TRY_ASSIGN(stream_header_, from_hex(seal->stream, kStreamHeader), "in the backup's header");
  return {};
}

Result<> SealedReader::unlock(const Secret& passphrase) {
  TRY_ASSIGN(auto keys, derive_keys(passphrase, salt_, {operations_, memory_}));
  if (keys.check.size() != check_.size() ||
      sodium_memcmp(keys.check.data(), check_.data(), check_.size()) != 0)
    return fail(Errc::forbidden, "this is not the passphrase of {}", file_.path().native());
  if (crypto_secretstream_xchacha20poly1305_init_pull(&state_, bytes_of(stream_header_),
                                                      keys.stream.data()) != 0)
    return damaged(file_, "its header cannot be read");
  return {};
}

Result<> SealedReader::fill() {
  std::size_t size = is_sealed_ ? detail::kChunk + kOverhead : detail::kChunk;
  TRY_ASSIGN(auto chunk, file_.read(size));
  if (!is_sealed_) {
    is_at_end_ = chunk.size() < size;
    waiting_ += chunk;
    return {};
  }
  if (chunk.size() < kOverhead) return damaged(file_, "it is cut short");
  std::string plain(chunk.size() - kOverhead, '\0');
  unsigned char tag = 0;
  auto more = std::exchange(header_, {});
  int pulled = crypto_secretstream_xchacha20poly1305_pull(
      &state_, bytes_of(plain), nullptr, &tag, bytes_of(std::string_view(chunk)), chunk.size(),
      bytes_of(std::string_view(more)), more.size());
  if (pulled != 0) return damaged(file_, "some bytes of it are not what was written");
  is_at_end_ = tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL;
  waiting_ += plain;
  return {};
}

Result<std::string> SealedReader::read(std::size_t most) {
  while (waiting_.size() < most && !is_at_end_) TRY(fill());
  auto bytes = waiting_.substr(0, most);
  waiting_.erase(0, bytes.size());
  return bytes;
}

Result<std::string> SealedReader::read_line(std::size_t most) {
  while (waiting_.find('\n') == std::string::npos) {
    if (is_at_end_ || waiting_.size() > most) return damaged(file_, "its manifest is not there");
    TRY(fill());
  }
  auto line = waiting_.substr(0, waiting_.find('\n'));
  waiting_.erase(0, line.size() + 1);
  return line;
}

}  // namespace reeve::backup
