#include "async/task_group.hpp"

#include "base/check.hpp"
#include "base/log.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <exception>

namespace reeve::async {
namespace asio = boost::asio;

TaskGroup::TaskGroup(Loop& loop, std::string name)
    : loop_(loop), name_(std::move(name)), ended_(loop) {}

TaskGroup::~TaskGroup() { CHECK(children_.empty() || loop_.context().stopped()); }

// Cancellation is an answer of the waits in the task, never an exception out of them: it is said
// from here on, for a coroutine of Asio that hears it before its first step throws. The child stays
// in the list until this has ended.
Task<> TaskGroup::shielded(Task<> task, Child* child) {
  co_await asio::this_coro::throw_if_cancelled(false);
  child->has_begun = true;
  if (child->is_cancelled) child->signal.emit(asio::cancellation_type::terminal);
  co_await std::move(task);
}

void TaskGroup::start(Task<> task) {
  if (stopping_) return;
  auto child = children_.emplace(children_.end());
  asio::co_spawn(loop_.executor(), shielded(std::move(task), &*child),
                 asio::bind_cancellation_slot(
                     child->signal.slot(), [this, child](const std::exception_ptr& thrown) {
                       if (thrown) {
                         try {
                           std::rethrow_exception(thrown);
                         } catch (const std::exception& bug) {
                           log::error("task threw", {{"group", name_}, {"what", bug.what()}});
                         }
                         std::terminate();
                       }
                       children_.erase(child);
                       ended_.notify_all();
                     }));
}

void TaskGroup::cancel() {
  // A child may end, and leave the list, while it is being told.
  for (auto child = children_.begin(); child != children_.end();) {
    auto current = child++;
    if (current->has_begun)
      current->signal.emit(asio::cancellation_type::terminal);
    else
      current->is_cancelled = true;
  }
}

Task<Result<>> TaskGroup::join(Instant deadline) {
  while (!children_.empty()) {
    CO_TRY(co_await ended_.wait(deadline), "waiting for {}", name_);
  }
  co_return Result<>();
}

Task<Result<>> TaskGroup::stop(Duration limit) {
  stopping_ = true;
  auto deadline = loop_.now() + limit;
  // Said again to those whose wait could not be cancelled when it was said first.
  while (!children_.empty()) {
    cancel();
    auto joined = co_await join(std::min(deadline, loop_.now() + kCancelAgain));
    bool goes_on = !joined && joined.error().code == Errc::timeout && loop_.now() < deadline;
    if (!joined && !goes_on) co_return joined;
  }
  co_return Result<>();
}

}  // namespace reeve::async
