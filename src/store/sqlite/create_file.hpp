// Makes the empty file that a database becomes: SQLite would make it with the umask's mode and not
// flush the folder's new entry. Any thread.
#pragma once

#include "base/result.hpp"

#include <filesystem>

namespace reeve::store {

/// True if it made the file (0600), false if it was there.
Result<bool> create_file(const std::filesystem::path& file);

}  // namespace reeve::store
