#include "async/loop.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <mutex>

namespace reeve::async {
namespace asio = boost::asio;

Loop::Loop(const sys::Clock& clock) : clock_(clock), alarm_(context_) {}

Loop::~Loop() = default;

void Loop::run() {
  auto work = asio::make_work_guard(context_);
  context_.run();
}

void Loop::stop() { context_.stop(); }

void Loop::post_gathered(std::function<void()> work) {
  bool is_first;
  {
    std::lock_guard lock(gathered_mutex_);
    is_first = gathered_.empty();
    gathered_.push_back(std::move(work));
  }
  if (is_first) post([this] { run_gathered(); });
}

void Loop::run_gathered() {
  std::vector<std::function<void()>> batch;
  {
    std::lock_guard lock(gathered_mutex_);
    batch.swap(gathered_);
  }
  for (auto& work : batch) work();
}

Loop::TimerKey Loop::call_at(Instant when, std::function<void()> work) {
  TimerKey key{when, ++next_timer_};
  auto [at, inserted] = timers_.emplace(key, std::move(work));
  if (at == timers_.begin()) rearm();
  return key;
}

Loop::TimerKey Loop::call_after(Duration wait, std::function<void()> work) {
  return call_at(now() + wait, std::move(work));
}

// The alarm stays armed for a cancelled timer: firing for nothing is cheaper than arming twice.
bool Loop::cancel(TimerKey timer) { return timers_.erase(timer) > 0; }

Instant Loop::next_due() const {
  return timers_.empty() ? Instant::max() : timers_.begin()->first.first;
}

void Loop::fire_due() {
  auto until = now();
  while (!timers_.empty() && timers_.begin()->first.first <= until) {
    auto work = std::move(timers_.begin()->second);
    timers_.erase(timers_.begin());
    work();
  }
}

void Loop::rearm() {
  auto next = next_due();
  if (next == armed_ || next == Instant::max()) return;
  armed_ = next;
  alarm_.expires_after(next - now());
  alarm_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    armed_ = Instant::max();
    fire_due();
    rearm();
  });
}

Task<Result<>> Loop::sleep_until(Instant when) {
  auto state = co_await asio::this_coro::cancellation_state;
  if (state.cancelled() != asio::cancellation_type::none)
    co_return fail(Errc::cancelled, "cancelled");
  asio::steady_timer alarm(context_, asio::steady_timer::time_point::max());
  bool rang = false;
  auto timer = call_at(when, [&rang, &alarm] {
    rang = true;
    alarm.cancel();
  });
  [[maybe_unused]] auto woken = co_await alarm.async_wait(asio::as_tuple(asio::use_awaitable));
  cancel(timer);
  if (!rang) co_return fail(Errc::cancelled, "cancelled");
  co_return Result<>();
}

Task<Result<>> Loop::sleep_for(Duration wait) { return sleep_until(now() + wait); }

bool Loop::is_current() const {
  return const_cast<asio::io_context&>(context_).get_executor().running_in_this_thread();
}

}  // namespace reeve::async
