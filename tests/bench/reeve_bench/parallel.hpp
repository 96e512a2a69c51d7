// Many tasks of one kind, so many at a time, on one loop. For the load side's coroutines, which
// all live on the same thread.
#pragma once

#include "async/loop.hpp"
#include "async/task.hpp"

#include <cstddef>
#include <functional>

namespace reeve::bench {

/// Makes the task of each index. It must outlive the run.
using TaskOf = std::function<Task<Result<>>(std::size_t index)>;

/// Runs the tasks 0 … count - 1, at most `width` at once; the first failure ends it. On `loop`.
Task<Result<>> in_parallel(async::Loop& loop, std::size_t count, std::size_t width, TaskOf task_of);

}  // namespace reeve::bench
