#include "async/loop.hpp"

#include "base/log.hpp"
#include "base/unique_fd.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <sys/timerfd.h>

#include <array>
#include <mutex>

namespace reeve::async {
namespace asio = boost::asio;

// A timerfd that the kernel ends early when the wall clock is set or the machine resumes (see
// timerfd_create(2), TFD_TIMER_CANCEL_ON_SET): jumps are seen at once and cost no wake-up.
class Loop::ClockWatch {
 public:
  explicit ClockWatch(Loop& loop)
      : loop_(loop),
        comparison_(loop.clock_),
        descriptor_(loop.context_, timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC)) {
    wait();
  }

 private:
  void wait() {
    itimerspec far_away{};
    far_away.it_value.tv_sec = kFarAway;
    timerfd_settime(descriptor_.native_handle(), TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET,
                    &far_away, nullptr);
    descriptor_.async_wait(
        asio::posix::descriptor_base::wait_read, [this](const boost::system::error_code& error) {
          if (error) return;
          std::array<char, 8> expirations;
          // ECANCELED is the news itself; nothing else can be learnt from it.
          [[maybe_unused]] auto got =
              ::read(descriptor_.native_handle(), expirations.data(), expirations.size());
          loop_.tell_clock_event(comparison_.since_last());
          wait();
        });
  }

  static constexpr time_t kFarAway = 253402300799;  // the end of the year 9999

  Loop& loop_;
  sys::ClockComparison comparison_;
  asio::posix::stream_descriptor descriptor_;
};

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

void Loop::on_clock_event(std::function<void(sys::ClockEvent)> listener) {
  clock_listeners_.push_back(std::move(listener));
  if (!clock_watch_) clock_watch_ = std::make_unique<ClockWatch>(*this);
}

void Loop::tell_clock_event(const sys::ClockEvent& event) {
  if (event.wall_jump == Duration{} && event.suspended == Duration{}) return;
  log::info("clock event", {{"wall_jump_ms", event.wall_jump.count() / 1'000'000},
                            {"suspended_ms", event.suspended.count() / 1'000'000}});
  for (const auto& listener : clock_listeners_) listener(event);
}

bool Loop::is_current() const {
  return const_cast<asio::io_context&>(context_).get_executor().running_in_this_thread();
}

}  // namespace reeve::async
