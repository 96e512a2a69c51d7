// StrictStore: any store as the worst one that keeps the promises of store.hpp. It refuses what is
// over the limits, checks that watches are gapless, and by its seed delays, cuts and drops them and
// compacts the history, so that every reader must be able to list again. Owned by a test, on the
// domain loop. All of it happens in turns of the loop: time may stand still.
#pragma once

#include "async/loop.hpp"
#include "store/store.hpp"

#include <random>

namespace reeve::store::testing {

struct Strictness {
  std::uint64_t seed = 1;
  /// Off: watches are delayed only, for tests that compact by themselves.
  bool drops = true;
};

class StrictStore final : public Store {
 public:
  StrictStore(async::Loop& loop, std::unique_ptr<Store> inner, Strictness strictness);
  ~StrictStore() override;

  Task<Result<Revision>> commit(Commit commit) override;
  Task<Result<std::optional<Entry>>> read(std::string key) override { return inner_->read(key); }
  Task<Result<Listing>> list(std::string prefix) override { return inner_->list(prefix); }
  std::unique_ptr<Watch> watch(Revision after, Watcher watcher) override;
  Task<Result<>> compact(Revision upto) override { return inner_->compact(upto); }
  Task<Result<LeaseId>> grant(Duration ttl) override { return inner_->grant(ttl); }
  Task<Result<>> keep_alive(LeaseId lease) override { return inner_->keep_alive(lease); }
  Task<Result<>> revoke(LeaseId lease) override { return inner_->revoke(lease); }
  Revision head() const override { return inner_->head(); }
  Task<Result<>> stop() override { return inner_->stop(); }

  /// How many watches it has ended so far.
  int dropped() const { return dropped_; }

 private:
  class Feed;
  class Handle;

  /// 0 to `most`.
  std::size_t any(std::size_t most) { return random_() % (most + 1); }
  bool happens_once_in(std::size_t times) { return any(times - 1) == 0; }

  async::Loop& loop_;
  std::unique_ptr<Store> inner_;
  bool drops_;
  std::mt19937_64 random_;
  int dropped_ = 0;
};

}  // namespace reeve::store::testing
