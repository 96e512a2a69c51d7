// Copies a database that is in use into a file of its own, by SQLite's backup interface. Blocks for
// as long as reading all of it takes. On the thread that has the connection.
#pragma once

#include "base/result.hpp"

#include <SQLiteCpp/Database.h>

#include <filesystem>

namespace reeve::store {

/// Makes `to` (0600), which must not be there yet, complete and flushed; after a failure it is not
/// there. The copy needs no other file beside it.
Result<> copy_database(SQLite::Database& from, const std::filesystem::path& to);

}  // namespace reeve::store
