#include "reeve_bench/parallel.hpp"

#include "async/task_group.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace reeve::bench {
namespace {

struct Progress {
  std::size_t next = 0;
  std::size_t count = 0;
  TaskOf task_of;
  Result<> outcome;
};

Task<> work(std::shared_ptr<Progress> progress) {
  while (progress->outcome && progress->next < progress->count) {
    auto done = co_await progress->task_of(progress->next++);
    if (!done && progress->outcome) progress->outcome = std::move(done);
  }
}

}  // namespace

Task<Result<>> in_parallel(async::Loop& loop, std::size_t count, std::size_t width,
                           TaskOf task_of) {
  auto progress = std::make_shared<Progress>(0, count, std::move(task_of), Result<>());
  async::TaskGroup workers(loop, "bench");
  for (std::size_t i = 0; i < std::min(width, count); ++i) workers.start(work(progress));
  CO_TRY(co_await workers.join());
  co_return progress->outcome;
}

}  // namespace reeve::bench
