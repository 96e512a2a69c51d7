// SqliteStore: the embedded engine, one manager's store in one SQLite file. Commits share
// transactions: one flush of the disk for all that came while the last one was under way.
// Owned by the manager's wiring. Everything happens on the domain loop, where the object must be
// built and destroyed; the file is a thread's of its own.
#pragma once

#include "store/leases.hpp"
#include "store/sqlite/settings.hpp"
#include "store/store.hpp"

#include <filesystem>

namespace reeve::store {

class Database;
class Writer;
struct Answer;
struct CommitCall;

class SqliteStore final : public Store {
 public:
  /// Blocks for some milliseconds: for the start, before the loop runs. Makes the file (0600) if
  /// there is none; its folder must exist. `in_use` if another process has the file, `corrupt` if
  /// it is damaged, `unsupported` if a newer Reeve wrote it, `io`: each a sentence for the
  /// operator.
  static Result<std::unique_ptr<SqliteStore>> open(async::Loop& domain, std::filesystem::path file,
                                                   SqliteSettings settings = {});
  ~SqliteStore() override;

  Task<Result<Revision>> commit(Commit commit) override;
  Task<Result<std::optional<Entry>>> read(std::string key) override;
  Task<Result<Listing>> list(std::string prefix) override;
  std::unique_ptr<Watch> watch(Revision after, Watcher watcher) override;
  Task<Result<>> compact(Revision upto) override;
  Task<Result<LeaseId>> grant(Duration ttl) override;
  Task<Result<>> keep_alive(LeaseId lease) override;
  Task<Result<>> revoke(LeaseId lease) override;
  Revision head() const override { return history_.head(); }
  Task<Result<>> stop() override;

  /// A complete copy of the store as it is now, in a file (0600) that must not be there yet;
  /// answers its head. Commits wait for as long as reading everything takes.
  Task<Result<Revision>> copy_to(std::filesystem::path file);

  /// Since the store was opened.
  SqliteStatistics statistics() const { return statistics_; }

 private:
  SqliteStore(async::Loop& domain, std::unique_ptr<Database> database,
              const SqliteSettings& settings);

  template <class T>
  Task<T> ask(std::function<T(Database&)> question);
  std::shared_ptr<CommitCall> queue(Commit commit, LeaseId ends);
  void take(std::vector<Answer> answers);
  void answer(CommitCall& call);

  async::Loop& loop_;
  History history_;
  Leases leases_;
  SqliteStatistics statistics_;
  bool is_stopping_ = false;
  async::Inbox<Answer> answers_;
  std::unique_ptr<Writer> writer_;
};

}  // namespace reeve::store
