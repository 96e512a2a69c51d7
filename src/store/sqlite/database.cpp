#include "store/sqlite/database.hpp"

#include "store/limits.hpp"
#include "store/sqlite/copy_database.hpp"
#include "store/sqlite/create_file.hpp"
#include "store/sqlite/format.hpp"
#include "store/sqlite/sqlite_error.hpp"

#include <fmt/core.h>
#include <sqlite3.h>

#include <utility>

namespace reeve::store {
namespace {

using SQLite::Statement;

/// A cached statement in use; ready for the next user whatever happens.
class Use {
 public:
  explicit Use(Statement& statement) : statement_(statement) {}
  ~Use() { statement_.tryReset(); }
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;

  Use& bind(int index, const std::string& bytes) {
    // Valid until the reset; an empty string still has an address, so it is no NULL.
    statement_.bindNoCopy(index, bytes.data(), static_cast<int>(bytes.size()));
    return *this;
  }
  Use& bind(int index, Revision revision) {
    statement_.bind(index, static_cast<std::int64_t>(revision));
    return *this;
  }
  bool step() { return statement_.executeStep(); }
  void run() { statement_.exec(); }
  std::string bytes(int column) {
    auto value = statement_.getColumn(column);
    const auto* data = static_cast<const char*>(value.getBlob());
    return data ? std::string(data, static_cast<std::size_t>(value.getBytes())) : std::string();
  }
  Revision revision(int column) {
    return static_cast<Revision>(statement_.getColumn(column).getInt64());
  }

 private:
  Statement& statement_;
};

Entry entry_of(Use& row) {
  return {row.bytes(0), bytes(row.bytes(1)), row.revision(2), row.revision(3)};
}

/// The least string above all that start with `prefix`; none above 0xff… and "".
std::optional<std::string> end_of(std::string prefix) {
  while (!prefix.empty() && prefix.back() == '\xff') prefix.pop_back();
  if (prefix.empty()) return std::nullopt;
  prefix.back() = static_cast<char>(static_cast<unsigned char>(prefix.back()) + 1);
  return prefix;
}

std::int64_t number(SQLite::Database& connection, const char* query) {
  return connection.execAndGet(query).getInt64();
}

int last_errno(sqlite3_file* file) {
  int number = 0;
  if (file && file->pMethods) file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &number);
  return number;
}

/// What the system said last. The files know it best: SQLite's own word may be of what it did to
/// clean up after the failure.
int system_errno(sqlite3* connection) {
  for (int which : {SQLITE_FCNTL_JOURNAL_POINTER, SQLITE_FCNTL_FILE_POINTER}) {
    sqlite3_file* file = nullptr;
    sqlite3_file_control(connection, "main", which, static_cast<void*>(&file));
    if (int number = last_errno(file)) return number;
  }
  return sqlite3_system_errno(connection);
}

}  // namespace

struct Database::Statements {
  explicit Statements(SQLite::Database& db)
      : begin(db, "BEGIN IMMEDIATE"),
        commit(db, "COMMIT"),
        set_head(db, "UPDATE numbers SET value = ?1 WHERE name = 'head'"),
        modified(db, "SELECT modified FROM entries WHERE key = ?1"),
        put(db,
            "INSERT INTO entries (key, value, created, modified) VALUES (?1, ?2, ?3, ?3) "
            "ON CONFLICT (key) DO UPDATE SET value = excluded.value, modified = excluded.modified"),
        remove(db, "DELETE FROM entries WHERE key = ?1"),
        read(db, "SELECT key, value, created, modified FROM entries WHERE key = ?1"),
        list_from(db,
                  "SELECT key, value, created, modified FROM entries WHERE key >= ?1 ORDER BY key"),
        list_between(db,
                     "SELECT key, value, created, modified FROM entries "
                     "WHERE key >= ?1 AND key < ?2 ORDER BY key"),
        bind(db, "INSERT OR REPLACE INTO leased (key, lease) VALUES (?1, ?2)"),
        unbind(db, "DELETE FROM leased WHERE key = ?1") {}

  Statement begin, commit, set_head, modified, put, remove, read, list_from, list_between;
  Statement bind, unbind;
};

Database::Database(std::filesystem::path file, SQLite::Database connection)
    : file_(std::move(file)), connection_(std::move(connection)) {}

Database::~Database() = default;

Result<std::unique_ptr<Database>> Database::open(const std::filesystem::path& file,
                                                 const SqliteSettings& settings, WallTime now) {
  TRY(create_file(file));
  std::unique_ptr<Database> database;
  try {
    // Used by one thread at a time: SQLite's own mutexes would only cost.
    SQLite::Database connection(file.native(), SQLite::OPEN_READWRITE | SQLite::OPEN_NOMUTEX,
                                static_cast<int>(settings.busy_timeout.count()));
    database.reset(new Database(file, std::move(connection)));
    TRY(database->check_writable());
    database->claim();
    // Before anything is written: what is not ours, or of a later time, stays as it is.
    TRY_ASSIGN(auto format, stored_format(database->connection_, file));
    database->configure(settings);
    TRY(bring_up_to_date(database->connection_, file, format, now));
    database->load();
    database->watch_log();
  } catch (const SQLite::Exception& thrown) {
    if (database) return fail(database->error_of(thrown));
    return fail(sqlite_error(thrown, file, 0));
  }
  return database;
}

// SQLite contents itself with reading where it may not write, and stumbles later.
Result<> Database::check_writable() const {
  if (sqlite3_db_readonly(connection_.getHandle(), "main") != 1) return {};
  return fail(
      Errc::io,
      "the database {} can only be read: check its permissions, and whether its file system "
      "is read-only",
      file_.native());
}

void Database::claim() {
  sqlite3_extended_result_codes(connection_.getHandle(), 1);
  // Values of some KiB stay in their leaf page; only an empty database takes it on.
  connection_.exec("PRAGMA page_size = 8192");
  // Refuses a second process, and keeps the log's index in memory instead of a shared file.
  connection_.exec("PRAGMA locking_mode = EXCLUSIVE");
}

void Database::configure(const SqliteSettings& settings) {
  connection_.exec("PRAGMA journal_mode = WAL");
  connection_.exec(settings.synchronous == Synchronous::full ? "PRAGMA synchronous = FULL"
                                                             : "PRAGMA synchronous = OFF");
  // A larger log than usual, left by a long transaction, shrinks again.
  connection_.exec(fmt::format("PRAGMA journal_size_limit = {}", 2 * settings.largest_log));
  // The catalog holds the values; here only the tree's upper pages deserve memory.
  connection_.exec("PRAGMA cache_size = -8192");
  connection_.exec("PRAGMA cell_size_check = ON");
  connection_.exec("PRAGMA trusted_schema = OFF");
  page_size_ = static_cast<std::size_t>(number(connection_, "PRAGMA page_size"));
}

void Database::load() {
  // Takes the write lock, which in exclusive mode is kept until the end.
  connection_.exec("BEGIN IMMEDIATE");
  head_ =
      static_cast<Revision>(number(connection_, "SELECT value FROM numbers WHERE name = 'head'"));
  end_old_leases();
  connection_.exec("COMMIT");
  statements_ = std::make_unique<Statements>(connection_);
}

// They were held by this file's process, which has ended: each ends by one commit, as ever.
void Database::end_old_leases() {
  auto leases = number(connection_, "SELECT count(DISTINCT lease) FROM leased");
  if (leases == 0) return;
  connection_.exec("DELETE FROM entries WHERE key IN (SELECT key FROM leased)");
  connection_.exec("DELETE FROM leased");
  head_ += static_cast<Revision>(leases);
  connection_.exec(fmt::format("UPDATE numbers SET value = {} WHERE name = 'head'", head_));
}

// Also switches off SQLite's automatic checkpoints, which would come in the middle of a burst.
void Database::watch_log() {
  auto hook = [](void* self, sqlite3*, const char*, int pages) {
    auto& database = *static_cast<Database*>(self);
    database.log_size_ = static_cast<std::size_t>(pages) * database.page_size_;
    return SQLITE_OK;
  };
  sqlite3_wal_hook(connection_.getHandle(), hook, this);
}

std::vector<Batch> Database::commit(std::vector<Member>& members) {
  Revision before = head_;
  auto leased_before = leased_;  // few, if any
  try {
    return transact(members);
  } catch (const SQLite::Exception& thrown) {
    // Conflicts too are void: they may have come from a write that is being rolled back.
    auto error = error_of(thrown);
    for (auto& member : members) member.outcome = fail(error);
  }
  head_ = before;
  leased_ = std::move(leased_before);
  roll_back();
  return {};
}

std::vector<Batch> Database::transact(std::vector<Member>& members) {
  std::vector<Batch> batches;
  Use(statements_->begin).run();
  for (auto& member : members) {
    if (member.ends != 0) {
      member.commit.writes = leased_.removals(member.ends);
      member.outcome = head_;
      if (member.commit.writes.empty()) continue;
    }
    auto batch = apply(member.commit, head_ + 1);
    if (!batch) {
      member.outcome = fail(std::move(batch).error());
      continue;
    }
    member.outcome = ++head_;
    batches.push_back(std::move(*batch));
  }
  if (!batches.empty()) Use(statements_->set_head).bind(1, head_).run();
  Use(statements_->commit).run();
  return batches;
}

Result<Batch> Database::apply(Commit& commit, Revision revision) {
  for (const auto& guard : commit.guards) {
    Revision found = modified(guard.key);
    if (found != guard.modified) return conflict(guard, found);
  }
  TRY(leased_.check(commit));
  Batch batch{revision, {}};
  batch.writes.reserve(commit.writes.size());
  for (auto& entry : commit.writes) {
    if (write(entry, revision)) batch.writes.push_back(std::move(entry));
  }
  return batch;
}

Revision Database::modified(const std::string& key) {
  Use row(statements_->modified);
  return row.bind(1, key).step() ? row.revision(0) : 0;
}

bool Database::write(const Write& write, Revision revision) {
  if (write.value && write.lease != 0)
    Use(statements_->bind).bind(1, write.key).bind(2, write.lease).run();
  else if (leased_.contains(write.key))
    Use(statements_->unbind).bind(1, write.key).run();
  leased_.note(write);
  if (write.value) {
    Use(statements_->put).bind(1, write.key).bind(2, *write.value).bind(3, revision).run();
    return true;
  }
  Use(statements_->remove).bind(1, write.key).run();
  return connection_.getChanges() > 0;
}

// Some errors roll back by themselves.
void Database::roll_back() {
  if (sqlite3_get_autocommit(connection_.getHandle()) == 0) connection_.tryExec("ROLLBACK");
}

Result<std::optional<Entry>> Database::read(const std::string& key) {
  try {
    Use row(statements_->read);
    if (!row.bind(1, key).step()) return std::nullopt;
    return entry_of(row);
  } catch (const SQLite::Exception& thrown) {
    return fail(error_of(thrown));
  }
}

Result<Listing> Database::list(const std::string& prefix) {
  Listing listing{head_, {}};
  auto end = end_of(prefix);
  try {
    Use rows(end ? statements_->list_between : statements_->list_from);
    rows.bind(1, prefix);
    if (end) rows.bind(2, *end);
    while (rows.step()) listing.entries.push_back(entry_of(rows));
  } catch (const SQLite::Exception& thrown) {
    return fail(error_of(thrown));
  }
  return listing;
}

Result<> Database::copy_to(const std::filesystem::path& file) {
  return copy_database(connection_, file);
}

Result<> Database::checkpoint() {
  auto* handle = connection_.getHandle();
  int pages = 0;
  int copied = 0;
  int code = sqlite3_wal_checkpoint_v2(handle, nullptr, SQLITE_CHECKPOINT_PASSIVE, &pages, &copied);
  if (code != SQLITE_OK) return fail(error_of(SQLite::Exception(handle, code)));
  log_size_ = static_cast<std::size_t>(pages - copied) * page_size_;
  return {};
}

Error Database::error_of(const SQLite::Exception& thrown) const {
  return sqlite_error(thrown, file_, system_errno(connection_.getHandle()));
}

}  // namespace reeve::store
