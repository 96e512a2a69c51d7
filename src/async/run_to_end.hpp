// From blocking code into coroutines: runs a loop until one task has ended. For main-like code that
// owns its loop and has nothing else to do meanwhile. The calling thread is the loop's.
#pragma once

#include "async/loop.hpp"
#include "base/check.hpp"

#include <boost/asio/co_spawn.hpp>

#include <exception>
#include <optional>
#include <utility>

namespace reeve::async {

/// May be called again for another task. What else waits on the loop goes on during the next call.
template <class T>
// NOLINTNEXTLINE(*-reference-coroutine-parameters): no coroutine, and the loop is the caller's
T run_to_end(Loop& loop, Task<T> task) {
  std::optional<T> answer;
  loop.context().restart();
  boost::asio::co_spawn(loop.executor(), std::move(task),
                        [&answer, &loop](std::exception_ptr problem, T value) {
                          if (problem) std::rethrow_exception(problem);
                          answer.emplace(std::move(value));
                          loop.stop();
                        });
  loop.run();
  CHECK(answer.has_value());  // else somebody else stopped the loop
  return std::move(*answer);
}

}  // namespace reeve::async
