// Database: the file of an embedded store. Blocking calls, one thread at a time; owned by the
// Writer. Tables of entries, of the keys that go with a lease, and of numbers (the format, the
// head); history is not kept here.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "store/leased_keys.hpp"
#include "store/sqlite/settings.hpp"
#include "store/store.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

namespace reeve::store {

/// A commit within a group, and what became of it.
struct Member {
  Commit commit;
  LeaseId ends = 0;  // writes then what removes its keys, if there are any
  Result<Revision> outcome = 0;
};

class Database {
 public:
  /// Makes the file (0600) if there is none; its folder must exist. Nobody else may have it open. A
  /// newer format is refused, an older one copied beside, by `now`, and brought up to date. Leases
  /// of the process before are over.
  static Result<std::unique_ptr<Database>> open(const std::filesystem::path& file,
                                                const SqliteSettings& settings, WallTime now);
  ~Database();

  Revision head() const { return head_; }

  /// One transaction, one flush. A member whose guard does not hold fails alone; an error of the
  /// database fails them all. Answers what the good members did; their writes are moved out.
  std::vector<Batch> commit(std::vector<Member>& members);

  Result<std::optional<Entry>> read(const std::string& key);
  Result<Listing> list(const std::string& prefix);

  /// A complete, flushed copy (0600) in a file that must not be there yet.
  Result<> copy_to(const std::filesystem::path& file);

  /// Bytes of the write-ahead log that are not in the database yet.
  std::size_t log_size() const { return log_size_; }
  /// Copies them there.
  Result<> checkpoint();

 private:
  struct Statements;

  Database(std::filesystem::path file, SQLite::Database connection);

  Result<> check_writable() const;
  void claim();
  void configure(const SqliteSettings& settings);
  void load();
  void end_old_leases();
  void watch_log();

  std::vector<Batch> transact(std::vector<Member>& members);
  Result<Batch> apply(Commit& commit, Revision revision);
  Revision modified(const std::string& key);
  bool write(const Write& write, Revision revision);
  void roll_back();
  Error error_of(const SQLite::Exception& thrown) const;

  std::filesystem::path file_;
  SQLite::Database connection_;
  std::unique_ptr<Statements> statements_;
  LeasedKeys leased_;
  std::size_t page_size_ = 0;
  std::size_t log_size_ = 0;
  Revision head_ = 0;
};

}  // namespace reeve::store
