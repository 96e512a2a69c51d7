// SQLite's errors in Reeve's words: what happened to which file, and what to do. Any thread.
#pragma once

#include "base/error.hpp"

#include <SQLiteCpp/Exception.h>

#include <filesystem>

namespace reeve::store {

/// `system_errno`: what the operating system said last to this connection, 0 for nothing.
Error sqlite_error(const SQLite::Exception& thrown, const std::filesystem::path& file,
                   int system_errno);

}  // namespace reeve::store
