#include "backup/contents.hpp"

#include <algorithm>

namespace reeve::backup {
namespace {

constexpr std::size_t kMostManifest = std::size_t{64} * 1024;

Failure damaged(const std::filesystem::path& path, std::string_view why) {
  return fail(Errc::corrupt, "the backup {} is damaged: {}", path.native(), why);
}

Result<> read_one(SealedReader& reader, const ManifestFile& file, const std::filesystem::path& path,
                  const Sink& sink) {
  Digest digest;
  for (auto left = file.size; left > 0;) {
    TRY_ASSIGN(auto part, reader.read(std::min<std::uint64_t>(left, detail::kChunk)));
    if (part.empty()) return damaged(path, "it is cut short");
    digest.feed(part);
    TRY(sink(file, part));
    left -= part.size();
  }
  if (digest.text() != file.sha256)
    return damaged(path, fmt::format("its {} is not what was written", file.name));
  return sink(file, "");
}

}  // namespace

Result<Opened> open_backup(const std::filesystem::path& path, const Passphrase& passphrase) {
  TRY_ASSIGN(auto reader, SealedReader::open(path));
  if (reader.is_sealed()) {
    if (!passphrase)
      return fail(Errc::unauthenticated, "the backup {} is encrypted: expected its passphrase",
                  path.native());
    TRY(reader.unlock(*passphrase));
  }
  TRY_ASSIGN(auto line, reader.read_line(kMostManifest));
  TRY_ASSIGN(auto manifest, parse_manifest_line(line), "the backup {}", path.native());
  return Opened{std::move(reader), std::move(manifest)};
}

Result<> read_files(Opened& opened, const std::filesystem::path& path, const Sink& sink) {
  for (const auto& file : opened.manifest.files) TRY(read_one(opened.reader, file, path, sink));
  TRY_ASSIGN(auto more, opened.reader.read(1));
  if (!more.empty()) return damaged(path, "something follows its last file");
  return {};
}

Result<Manifest> check_backup(const std::filesystem::path& path, const Passphrase& passphrase) {
  TRY_ASSIGN(auto opened, open_backup(path, passphrase));
  Sink nowhere = [](const ManifestFile&, std::string_view) { return Result<>(); };
  TRY(read_files(opened, path, nowhere));
  return std::move(opened.manifest);
}

}  // namespace reeve::backup
