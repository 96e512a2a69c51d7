// Notifier: coroutines of one loop wait here until somebody says that things changed. The waiter
// looks again by itself: a notification carries no value and may be spurious. Loop thread only.
#pragma once

#include "async/loop.hpp"

#include <boost/asio/steady_timer.hpp>

#include <list>

namespace reeve::async {

class Notifier {
 public:
  explicit Notifier(Loop& loop) : loop_(loop) {}
  Notifier(const Notifier&) = delete;
  Notifier& operator=(const Notifier&) = delete;
  /// Nobody may still wait.
  ~Notifier();

  void notify_all();

  /// Until notify_all(); `cancelled` when the waiting task is cancelled, `timeout` at `deadline`.
  Task<Result<>> wait(Instant deadline = Instant::max());

  bool has_waiters() const { return !waiters_.empty(); }

 private:
  struct Waiter {
    boost::asio::steady_timer alarm;
    bool notified = false;
    bool late = false;
  };

  Loop& loop_;
  std::list<Waiter> waiters_;
};

}  // namespace reeve::async
