// MemoryStore: the Store's promises kept in memory, for tests in virtual time, with faults on
// demand. Owned by a test; everything happens on the domain loop, where the object must be built
// and destroyed.
#pragma once

#include "async/notifier.hpp"
#include "async/reply.hpp"
#include "store/history.hpp"
#include "store/leased_keys.hpp"
#include "store/leases.hpp"
#include "store/store.hpp"

#include <deque>
#include <map>
#include <optional>

namespace reeve::store::testing {

class MemoryStore final : public Store {
 public:
  explicit MemoryStore(async::Loop& loop, HistoryBound bound = {});
  ~MemoryStore() override;

  Task<Result<Revision>> commit(Commit commit) override;
  Task<Result<std::optional<Entry>>> read(std::string key) override;
  Task<Result<Listing>> list(std::string prefix) override;
  std::unique_ptr<Watch> watch(Revision after, Watcher watcher) override;
  Task<Result<>> compact(Revision upto) override;
  Task<Result<LeaseId>> grant(Duration ttl) override;
  Task<Result<>> keep_alive(LeaseId lease) override;
  Task<Result<>> revoke(LeaseId lease) override;
  Revision head() const override { return history_->head(); }
  Task<Result<>> stop() override;

  /// The next commit that would have happened fails with this instead. Calls add up.
  void fail_next_commit(Error error) { failures_.push_back(std::move(error)); }

  /// Commits from now on happen this much later, in the order of the calls.
  void delay_commits(Duration delay) { delay_ = delay; }

  /// No watch hears anything until release_watches().
  void hold_watches() { history_->hold(); }
  void release_watches() { history_->release(); }

  /// Everything is compacted and every running watch is told so.
  void drop_watches() { history_->drop(); }

  /// What a backup of it holds.
  struct Image {
    Revision head = 0;
    std::map<std::string, Entry, std::less<>> entries;
  };
  Image image() const { return {head(), entries_}; }
  /// Becomes what it was then, or empty again, while nobody uses it.
  void put_back(Image image);

 private:
  struct Call {
    Call(async::Loop& loop, Commit what) : commit(std::move(what)), reply(loop) {}
    Commit commit;
    LeaseId ends = 0;  // writes then what removes its keys
    async::Reply<Result<Revision>> reply;
    async::Loop::TimerKey timer;
  };

  std::shared_ptr<Call> queue(Commit commit, LeaseId ends);
  void perform_next();
  Result<Revision> perform(Call& call);
  Result<Batch> apply(Commit& commit);

  async::Loop& loop_;
  std::map<std::string, Entry, std::less<>> entries_;
  LeasedKeys leased_;
  Leases leases_;
  HistoryBound bound_;
  std::optional<History> history_;  // never empty
  std::deque<Error> failures_;
  Duration delay_{};
  Instant last_due_{};
  // Shared with the coroutine that waits for the reply, which may end after the store in a test.
  std::deque<std::shared_ptr<Call>> calls_;
  async::Notifier idle_;
  bool is_stopping_ = false;
};

}  // namespace reeve::store::testing
