#include "store/sqlite/sqlite_error.hpp"

#include <fmt/core.h>
#include <sqlite3.h>

#include <cerrno>

namespace reeve::store {
namespace {

Error full(const std::string& name) {
  return {Errc::storage_full,
          fmt::format("no space left for the database {}: free some on its device", name),
          "",
          {}};
}

Error read_only(const std::string& name) {
  return {Errc::unavailable,
          fmt::format("cannot write the database {}: its file system is read-only; see what the "
                      "system's log says of its device",
                      name),
          "",
          {}};
}

Error io(const std::string& name, const char* reason, int system_errno) {
  auto doing = fmt::format("cannot read or write the database {} ({})", name, reason);
  if (system_errno != 0) return errno_error(system_errno, doing);
  return {Errc::io, doing + ": check the file, its folder and their permissions", "", {}};
}

}  // namespace

Error sqlite_error(const SQLite::Exception& thrown, const std::filesystem::path& file,
                   int system_errno) {
  const auto& name = file.native();
  const char* reason = thrown.what();
  // A device that gave errors: the system takes no more writes to it, and reads go on.
  if (system_errno == EROFS) return read_only(name);
  switch (thrown.getErrorCode() & 0xff) {
    case SQLITE_FULL: return full(name);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return {Errc::corrupt,
              fmt::format("the database {} is damaged ({}): restore a backup of it", name, reason),
              "",
              {}};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {Errc::unavailable,
              fmt::format("the database {} is used by another process: one manager at a time may "
                          "have it",
                          name),
              "",
              {}};
    case SQLITE_IOERR:
      // A quota's end comes as a plain I/O error.
      if (system_errno == ENOSPC || system_errno == EDQUOT) return full(name);
      return io(name, reason, system_errno);
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_CANTOPEN: return io(name, reason, system_errno);
    default:
      return {Errc::internal,
              fmt::format("unexpected answer of the database {}: {}", name, reason),
              "",
              {}};
  }
}

}  // namespace reeve::store
