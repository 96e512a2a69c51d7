// Folders on the way to what other users' programs read: made so that the umask of whoever started
// us closes none of them. Blocking; any thread.
#pragma once

#include "base/result.hpp"

#include <filesystem>

namespace reeve::sys {

/// Makes the folder and those above it that are missing, each with mode 0755 whatever the umask;
/// one that is there keeps its mode. `path` is absolute.
Result<> make_open_folders(const std::filesystem::path& path);

}  // namespace reeve::sys
