// What is in a backup's file, part by part, with every digest checked: to look whether a backup is
// good, and to take the files out of it. Blocking; one thread.
#pragma once

#include "backup/manifest.hpp"
#include "backup/sealed_file.hpp"

#include <functional>

namespace reeve::backup {

/// Opened, unlocked, and its manifest read. An encrypted file without a passphrase is
/// `unauthenticated`.
struct Opened {
  SealedReader reader;
  Manifest manifest;
};
Result<Opened> open_backup(const std::filesystem::path& path, const Passphrase& passphrase);

/// Takes the parts of each file in order; an empty part ends one.
using Sink = std::function<Result<>(const ManifestFile& file, std::string_view part)>;

/// `corrupt` if a file is not as it was when the backup was made, or something follows the last.
Result<> read_files(Opened& opened, const std::filesystem::path& path, const Sink& sink);

/// Reads all of it.
Result<Manifest> check_backup(const std::filesystem::path& path, const Passphrase& passphrase);

}  // namespace reeve::backup
