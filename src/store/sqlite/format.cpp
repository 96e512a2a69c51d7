#include "store/sqlite/format.hpp"

#include "base/check.hpp"
#include "base/log.hpp"
#include "store/sqlite/copy_database.hpp"

#include <SQLiteCpp/Transaction.h>
#include <fmt/chrono.h>

#include <array>

namespace reeve::store {
namespace {

constexpr std::int64_t kApplication = 0x52656576;  // "Reev", so that file(1) and we know our own

// Each brings a file to the format of its place, counted from 1. What was released never changes.
constexpr std::array kSteps = {
    "CREATE TABLE numbers (name TEXT NOT NULL PRIMARY KEY, value INTEGER NOT NULL) STRICT;"
    "CREATE TABLE entries (key BLOB NOT NULL PRIMARY KEY, value BLOB NOT NULL,"
    " created INTEGER NOT NULL, modified INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "INSERT INTO numbers VALUES ('format', 1), ('head', 0);",

    // Keys have leases, and large values are compressed, which format 1 cannot read.
    "CREATE TABLE leased (key BLOB NOT NULL PRIMARY KEY, lease INTEGER NOT NULL)"
    " STRICT, WITHOUT ROWID;",
};

std::int64_t number(const SQLite::Database& connection, const char* query) {
  SQLite::Statement statement(connection, query);
  return statement.executeStep() ? statement.getColumn(0).getInt64() : 0;
}

std::filesystem::path copy_name(const std::filesystem::path& file, std::int64_t format,
                                WallTime now) {
  return fmt::format("{}.format-{}.{:%Y%m%dT%H%M%SZ}", file.native(), format,
                     std::chrono::floor<std::chrono::seconds>(now));
}

}  // namespace

std::int64_t newest_format() { return kSteps.size(); }

Result<std::int64_t> stored_format(const SQLite::Database& connection,
                                   const std::filesystem::path& file) {
  if (number(connection, "SELECT count(*) FROM sqlite_master") == 0) return 0;
  if (number(connection, "PRAGMA application_id") != kApplication)
    return fail(Errc::invalid, "{} is a database, but not one of reeve's", file.native());
  auto format = number(connection, "SELECT value FROM numbers WHERE name = 'format'");
  if (format > newest_format())
    return fail(Errc::unsupported,
                "the database {} has format {}, this reeve knows formats up to {}: start the newer "
                "reeve that wrote it, or restore a backup from before",
                file.native(), format, newest_format());
  if (format < 1)
    return fail(Errc::corrupt, "the database {} has format {}, expected 1 to {}: restore a backup",
                file.native(), format, newest_format());
  return format;
}

Result<> bring_up_to_date(SQLite::Database& connection, const std::filesystem::path& file,
                          std::int64_t format, WallTime now) {
  if (format == newest_format()) return {};
  if (format > 0) {
    auto copy = copy_name(file, format, now);
    TRY(copy_database(connection, copy), "before bringing it to a newer format");
    log::info("the store is brought to a newer format",
              {{"from", format}, {"to", newest_format()}, {"copy", copy.native()}});
  }
  // A new file is made in one piece.
  SQLite::Transaction transaction(connection, SQLite::TransactionBehavior::IMMEDIATE);
  for (; format < newest_format(); ++format) take_step(connection, format);
  transaction.commit();
  return {};
}

void take_step(SQLite::Database& connection, std::int64_t format) {
  CHECK(format >= 0 && format < newest_format());
  if (format == 0) connection.exec(fmt::format("PRAGMA application_id = {}", kApplication));
  connection.exec(kSteps[static_cast<std::size_t>(format)]);
  connection.exec(fmt::format("UPDATE numbers SET value = {} WHERE name = 'format'", format + 1));
}

}  // namespace reeve::store
