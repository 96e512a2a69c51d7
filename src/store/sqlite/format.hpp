// The format of an embedded store's file: what its tables are, and how a file of an older Reeve
// comes to have them. A change of the tables, or of what the values are, is one more step. Called
// by Database::open(), before anybody else uses the connection.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"

#include <SQLiteCpp/Database.h>

#include <cstdint>
#include <filesystem>

namespace reeve::store {

/// What this build writes, and the newest that it reads.
std::int64_t newest_format();

/// The file's format, 0 if it is empty; nothing is written. `invalid` for another program's
/// database, `unsupported` for a newer Reeve's.
Result<std::int64_t> stored_format(const SQLite::Database& connection,
                                   const std::filesystem::path& file);

/// Brings the file from `format` to the newest, step by step, all of them or none. What was there
/// is copied beside it first.
Result<> bring_up_to_date(SQLite::Database& connection, const std::filesystem::path& file,
                          std::int64_t format, WallTime now);

/// The step from `format` to the next one, within the caller's transaction; for tests too.
void take_step(SQLite::Database& connection, std::int64_t format);

}  // namespace reeve::store
