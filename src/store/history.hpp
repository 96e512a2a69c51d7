// History: the recent commits of an engine that keeps them in memory, and the watches that read
// them. Each watch is a cursor into the one history, so that catching up and following are the same
// thing. Owned by an engine; domain loop only.
#pragma once

#include "async/inbox.hpp"
#include "store/store.hpp"

#include <deque>

namespace reeve::store {

/// How much is kept for watches that start late; the newest commit is always kept.
struct HistoryBound {
  std::size_t commits = 2'000;
  std::size_t bytes = std::size_t{8} << 20;
};

class History {
 public:
  /// Nothing up to `head` is kept.
  History(async::Loop& loop, Revision head, HistoryBound bound);

  /// Adds the commits that follow the head and tells every watch before it returns.
  void add(std::vector<Batch> batches);

  std::unique_ptr<Watch> watch(Revision after, Watcher watcher);
  Result<> compact(Revision upto);
  Revision head() const { return head_; }

  /// For tests: no watch hears anything until release(), whatever is compacted meanwhile.
  void hold() { is_held_ = true; }
  void release();
  /// For tests: forgets everything and ends every watch, as one that fell too far behind.
  void drop();

 private:
  struct Follower {
    Watcher watcher;
    Revision seen;  // the newest commit it was told of
    bool has_ended = false;
  };
  class Handle;

  void trim();
  void forget_oldest();
  void tell_all();
  void tell(Follower& follower);
  static void end(Follower& follower);

  HistoryBound bound_;
  Revision head_;
  std::size_t bytes_ = 0;
  std::deque<Batch> kept_;  // gapless, the last one's revision is head_
  bool is_held_ = false;
  // Shared with their Watch objects, which end in an unknown order, also inside a watcher's call.
  std::vector<std::shared_ptr<Follower>> followers_;
  async::Inbox<std::shared_ptr<Follower>> begun_;
};

}  // namespace reeve::store
