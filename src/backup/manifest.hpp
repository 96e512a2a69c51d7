// What is in a backup: whose it is, of when, and the files with their digests. Plain values.
#pragma once

#include "base/time.hpp"
#include "json/codec.hpp"

#include <sodium.h>

#include <cstdint>
#include <string>
#include <vector>

namespace reeve::backup {

struct ManifestFile {
  std::string name;  // one of kNames
  std::uint64_t size = 0;
  std::string sha256;  // hexadecimal
};
BOOST_DESCRIBE_STRUCT(ManifestFile, (), (name, size, sha256))

struct Manifest {
  std::string cluster;
  std::uint64_t epoch = 0;
  std::uint64_t revision = 0;  // the store's head
  WallTime taken{};
  std::string version;  // of the Reeve that made it
  std::vector<ManifestFile> files;
};
BOOST_DESCRIBE_STRUCT(Manifest, (), (cluster, epoch, revision, taken, version, files))

/// The file that is the store; the others are the certificate authority's.
inline constexpr const char* kStore = "store.db";
/// Whether a backup has files of that name.
bool is_known(const std::string& name);

/// SHA-256 of what was fed, in hexadecimal.
class Digest {
 public:
  Digest();
  void feed(std::string_view bytes);
  std::string text();

 private:
  crypto_hash_sha256_state state_{};
};

/// The line that opens the contents.
std::string manifest_line(const Manifest& manifest);
/// `corrupt` where the digest in front of it is not its own.
Result<Manifest> parse_manifest_line(std::string_view line);

}  // namespace reeve::backup
