#include "async/notifier.hpp"

#include "base/check.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace reeve::async {
namespace asio = boost::asio;

Notifier::~Notifier() {
  // Frames that a dying loop destroys leave their waiters behind; living ones would be a bug.
  CHECK(waiters_.empty() || loop_.context().stopped());
}

void Notifier::notify_all() {
  for (auto& waiter : waiters_) {
    waiter.notified = true;
    waiter.alarm.cancel();
  }
}

Task<Result<>> Notifier::wait(Instant deadline) {
  auto state = co_await asio::this_coro::cancellation_state;
  if (state.cancelled() != asio::cancellation_type::none)
    co_return fail(Errc::cancelled, "cancelled");
  auto waiter = waiters_.insert(
      waiters_.end(),
      Waiter{asio::steady_timer(loop_.context(), asio::steady_timer::time_point::max())});
  Loop::TimerKey timer{};
  if (deadline != Instant::max()) {
    timer = loop_.call_at(deadline, [waiter] {
      waiter->late = true;
      waiter->alarm.cancel();
    });
  }
  [[maybe_unused]] auto woken =
      co_await waiter->alarm.async_wait(asio::as_tuple(asio::use_awaitable));
  bool notified = waiter->notified;
  bool late = waiter->late;
  waiters_.erase(waiter);
  if (deadline != Instant::max()) loop_.cancel(timer);
  if (notified) co_return Result<>();
  if (late) co_return fail(Errc::timeout, "not done in time");
  co_return fail(Errc::cancelled, "cancelled");
}

}  // namespace reeve::async
