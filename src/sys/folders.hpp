// Folders as a whole: those on the way to what other users' programs read, made so that the umask
// of whoever started us closes none of them; and a folder's names, put on the disk. Blocking; any
// thread.
#pragma once

#include "base/result.hpp"

#include <filesystem>

namespace reeve::sys {

/// Makes the folder and those above it that are missing, each with mode 0755 whatever the umask;
/// one that is there keeps its mode. `path` is absolute.
Result<> make_open_folders(const std::filesystem::path& path);

/// Puts the folder's names on the disk: until then a new one may be lost with the power, and all
/// that is put below it.
Result<> flush_folder(const std::filesystem::path& folder);

}  // namespace reeve::sys
