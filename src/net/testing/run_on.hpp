// Runs a task on a real loop and waits for it, for tests whose loops have threads of their own.
#pragma once

#include "async/loop.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>

#include <utility>

namespace reeve::net::testing {

/// Not from the loop's own thread.
template <class T>
T run_on(async::Loop& loop, Task<T> task) {
  return boost::asio::co_spawn(loop.executor(), std::move(task), boost::asio::use_future).get();
}

}  // namespace reeve::net::testing
