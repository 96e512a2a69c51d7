#include "store/sqlite/copy_database.hpp"

#include "base/log.hpp"
#include "store/sqlite/create_file.hpp"
#include "store/sqlite/sqlite_error.hpp"

#include <SQLiteCpp/Backup.h>
#include <sqlite3.h>

namespace reeve::store {
namespace {

Result<> copy_into(SQLite::Database& from, const std::filesystem::path& to) {
  try {
    SQLite::Database copy(to.native(), SQLite::OPEN_READWRITE | SQLite::OPEN_NOMUTEX);
    try {
      SQLite::Backup(copy, from).executeStep(-1);
      // The copy has its original's mode, whose readers want to make files beside it.
      copy.exec("PRAGMA journal_mode = DELETE");
    } catch (const SQLite::Exception& thrown) {
      return fail(sqlite_error(thrown, to, sqlite3_system_errno(copy.getHandle())));
    }
  } catch (const SQLite::Exception& thrown) {
    return fail(sqlite_error(thrown, to, 0));
  }
  return {};
}

}  // namespace

Result<> copy_database(SQLite::Database& from, const std::filesystem::path& to) {
  TRY_ASSIGN(bool is_new, create_file(to));
  if (!is_new)
    return fail(Errc::exists, "cannot copy the database to {}: it is there already", to.native());
  auto copied = copy_into(from, to);
  if (copied) return {};
  std::error_code error;
  if (std::filesystem::remove(to, error); error)
    log::warning("half a copy of the store stays", {{"file", to.native()}});
  return copied;
}

}  // namespace reeve::store
