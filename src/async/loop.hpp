// Loop: one thread's event loop and its timers, in the time of the clock it is given. A process has
// one domain loop that owns all state; net/ runs more of them for sockets. Everything but post()
// and stop() belongs to the loop's own thread (the one inside run()).
#pragma once

#include "async/task.hpp"
#include "base/time.hpp"
#include "sys/clock.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

namespace reeve::async {

/// How long after a cancellation it is repeated to tasks that still run.
inline constexpr Duration kCancelAgain = std::chrono::milliseconds(20);

class Loop {
 public:
  using TimerKey = std::pair<Instant, std::uint64_t>;
  using Executor = boost::asio::io_context::executor_type;

  explicit Loop(const sys::Clock& clock);
  virtual ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  /// Runs until stop(). The calling thread becomes the loop's thread.
  void run();
  /// Any thread, and signal-handler-like callbacks; run() returns soon after.
  void stop();

  /// Runs `work` on the loop's thread, later. Any thread.
  template <class Work>
  void post(Work work) {
    boost::asio::post(context_, std::move(work));
  }

  /// As post(), for many small works from other threads: a burst costs one wake-up. Any thread.
  void post_gathered(std::function<void()> work);

  /// Calls `work` once at `when` or soon after. The answer is good for cancel() until then.
  TimerKey call_at(Instant when, std::function<void()> work);
  TimerKey call_after(Duration wait, std::function<void()> work);
  /// True if the call had not happened yet.
  bool cancel(TimerKey timer);

  /// `cancelled` when the waiting task is cancelled first.
  Task<Result<>> sleep_until(Instant when);
  Task<Result<>> sleep_for(Duration wait);

  const sys::Clock& clock() const { return clock_; }
  Instant now() const { return clock_.now(); }
  bool is_current() const;

  /// For async/ and net/ alone.
  boost::asio::io_context& context() { return context_; }
  Executor executor() { return context_.get_executor(); }

 protected:
  /// Runs every timer due by now; its callbacks may add more.
  void fire_due();
  /// The next timer's moment; Instant::max() when there is none.
  Instant next_due() const;
  /// The earliest timer may have changed: arm whatever calls fire_due().
  virtual void rearm();

 private:
  void run_gathered();

  const sys::Clock& clock_;
  boost::asio::io_context context_{1};
  boost::asio::steady_timer alarm_;
  Instant armed_ = Instant::max();
  std::map<TimerKey, std::function<void()>> timers_;
  std::uint64_t next_timer_ = 0;
  std::mutex gathered_mutex_;
  std::vector<std::function<void()>> gathered_;
};

}  // namespace reeve::async
