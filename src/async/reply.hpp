// Reply<T>: one value handed to the one coroutine that waits for it, both on the loop's thread. The
// wait ignores cancellation: it is for work that cannot be called back, such as a durable write.
#pragma once

#include "async/loop.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <optional>
#include <utility>

namespace reeve::async {

template <class T>
class Reply {
 public:
  explicit Reply(Loop& loop)
      : alarm_(loop.context(), boost::asio::steady_timer::time_point::max()) {}

  /// Once.
  void set(T value) {
    value_.emplace(std::move(value));
    alarm_.cancel();
  }

  /// Once; the reply must live until it answers.
  Task<T> wait() {
    boost::asio::cancellation_slot none;
    auto token = boost::asio::bind_cancellation_slot(
        none, boost::asio::as_tuple(boost::asio::use_awaitable));
    while (!value_) {
      [[maybe_unused]] auto woken = co_await alarm_.async_wait(token);
    }
    co_return std::move(*value_);
  }

 private:
  boost::asio::steady_timer alarm_;
  std::optional<T> value_;
};

}  // namespace reeve::async
