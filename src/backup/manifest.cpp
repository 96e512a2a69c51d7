#include "backup/manifest.hpp"

#include "base/quote.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace reeve::backup {
namespace {

constexpr std::array kNames{kStore, "ca.key", "ca.pem", "ca.next.key", "ca.next.pem"};
constexpr std::size_t kDigits = 2 * crypto_hash_sha256_BYTES;

std::string digest_of(std::string_view text) {
  Digest digest;
  digest.feed(text);
  return digest.text();
}

}  // namespace

bool is_known(const std::string& name) {
  return std::ranges::find(kNames, std::string_view(name)) != kNames.end();
}

Digest::Digest() { crypto_hash_sha256_init(&state_); }

void Digest::feed(std::string_view bytes) {
  crypto_hash_sha256_update(&state_, reinterpret_cast<const unsigned char*>(bytes.data()),
                            bytes.size());
}

std::string Digest::text() {
  std::array<unsigned char, crypto_hash_sha256_BYTES> hash{};
  crypto_hash_sha256_final(&state_, hash.data());
  std::array<char, kDigits + 1> hex{};
  sodium_bin2hex(hex.data(), hex.size(), hash.data(), hash.size());
  return std::string(hex.data(), kDigits);
}

std::string manifest_line(const Manifest& manifest) {
  auto text = json::encode_text(manifest);
  return digest_of(text) + " " + text + "\n";
}

Result<Manifest> parse_manifest_line(std::string_view line) {
  auto text = line.substr(std::min(line.size(), kDigits + 1));
  bool is_whole = line.size() > kDigits && digest_of(text) == line.substr(0, kDigits);
  if (!is_whole) return fail(Errc::corrupt, "its manifest is damaged");
  TRY_ASSIGN(auto manifest, json::decode_text<Manifest>(text, json::Mode::lenient));
  std::set<std::string> seen;
  for (const auto& file : manifest.files)
    if (!is_known(file.name) || !seen.insert(file.name).second)
      return fail(Errc::unsupported, "it has a file {}, which this reeve does not know",
                  quote(file.name));
  for (const char* needed : {kStore, "ca.key", "ca.pem"})
    if (!seen.contains(needed)) return fail(Errc::corrupt, "it has no {}", needed);
  return manifest;
}

}  // namespace reeve::backup
