// Waiting for work that runs elsewhere or takes too long: on another loop, on the blocking pool, or
// within a deadline. The caller resumes on its own loop.
#pragma once

#include "async/loop.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <functional>
#include <utility>

namespace reeve::async {

namespace detail {
// Cancellation is an answer of the waits in a task, never an exception out of them.
template <class T>
Task<T> shielded(Task<T> task) {
  co_await boost::asio::this_coro::throw_if_cancelled(false);
  co_return co_await std::move(task);
}
}  // namespace detail

/// Runs `task` on `loop` and answers its value here. The caller's cancellation does not reach it.
template <class T>
Task<T> on_loop(Loop& loop, Task<T> task) {
  boost::asio::cancellation_slot none;
  auto token = boost::asio::bind_cancellation_slot(none, boost::asio::use_awaitable);
  co_return co_await boost::asio::co_spawn(loop.executor(), std::move(task), token);
}

/// As on_loop(), but the caller's cancellation reaches the task.
template <class T>
Task<T> on_loop_until_cancelled(Loop& loop, Task<T> task) {
  co_return co_await boost::asio::co_spawn(loop.executor(), detail::shielded(std::move(task)),
                                           boost::asio::use_awaitable);
}

/// A few threads for what blocks: disk, password hashing. `run` may be called from any loop; the
/// work must own or share what it touches, for its caller may be cancelled before it ends.
class BlockingPool {
 public:
  explicit BlockingPool(std::size_t threads) : pool_(threads) {}
  ~BlockingPool() { pool_.join(); }

  template <class T>
  Task<T> run(std::function<T()> work) {
    boost::asio::cancellation_slot none;
    auto token = boost::asio::bind_cancellation_slot(none, boost::asio::use_awaitable);
    co_return co_await boost::asio::co_spawn(pool_.get_executor(), call(std::move(work)), token);
  }

 private:
  template <class T>
  static Task<T> call(std::function<T()> work) {
    co_return work();
  }

  boost::asio::thread_pool pool_;
};

/// `task`'s result, or `timeout` once `limit` has passed and the task, cancelled, has ended.
/// The caller's cancellation reaches the task. Both run on `loop`, which is the caller's.
template <class T>
Task<Result<T>> within(Loop& loop, Duration limit, Task<Result<T>> task) {
  boost::asio::cancellation_signal signal;
  bool late = false;
  Loop::TimerKey timer;
  // A wait that cannot be cancelled, such as for a name to be resolved, loses the word: it is said
  // again until the task has heard it.
  std::function<void()> end = [&late, &signal, &timer, &end, &loop] {
    late = true;
    timer = loop.call_after(kCancelAgain, end);
    signal.emit(boost::asio::cancellation_type::terminal);
  };
  timer = loop.call_after(limit, end);
  auto state = co_await boost::asio::this_coro::cancellation_state;
  if (state.slot().is_connected())
    state.slot().assign([&signal](boost::asio::cancellation_type type) { signal.emit(type); });
  auto token = boost::asio::bind_cancellation_slot(signal.slot(), boost::asio::use_awaitable);
  auto result =
      co_await boost::asio::co_spawn(loop.executor(), detail::shielded(std::move(task)), token);
  if (state.slot().is_connected()) state.slot().clear();
  loop.cancel(timer);
  if (late && !result) co_return fail(Errc::timeout, "not done within the time allowed");
  co_return result;
}

/// Whether the calling task has been told to end. A loop without other waits asks this.
Task<bool> is_cancelled();

}  // namespace reeve::async
