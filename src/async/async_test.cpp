#include "async/call.hpp"
#include "async/inbox.hpp"
#include "async/notifier.hpp"
#include "async/reply.hpp"
#include "async/task_group.hpp"
#include "async/testing/virtual_loop.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace reeve::async {
namespace {

using namespace std::chrono_literals;
using testing::VirtualLoop;

Task<Result<>> sleep_twice(Loop& loop) {
  CO_TRY(co_await loop.sleep_for(10min));
  CO_TRY(co_await loop.sleep_for(20min));
  co_return Result<>();
}

TEST(Loop, sleeps_in_virtual_time) {
  VirtualLoop loop;
  auto outcome = loop.start(sleep_twice(loop));

  loop.advance(30min - 1ns);
  EXPECT_FALSE(outcome.is_done());
  loop.advance(1ns);

  ASSERT_TRUE(outcome.is_done());
  EXPECT_TRUE(outcome.value().has_value());
}

TEST(Loop, fires_timers_in_order_of_their_moments_and_of_asking) {
  VirtualLoop loop;
  std::string order;
  loop.call_after(2s, [&] { order += 'c'; });
  loop.call_after(1s, [&] { order += 'a'; });
  loop.call_after(1s, [&] { order += 'b'; });
  auto never = loop.call_after(1s, [&] { order += 'x'; });

  EXPECT_TRUE(loop.cancel(never));
  loop.advance(3s);

  EXPECT_EQ(order, "abc");
  EXPECT_FALSE(loop.cancel(never));
}

TEST(Loop, runs_in_real_time_too) {
  sys::SystemClock clock;
  Loop loop(clock);
  loop.call_after(1ms, [&] { loop.call_after(1ms, [&] { loop.stop(); }); });
  loop.run();
}

TEST(ClockComparison, tells_a_suspend_from_a_jump) {
  testing::VirtualClock clock;
  sys::ClockComparison comparison(clock);

  clock.now_ += 10s;
  clock.boot_ += 70s;
  clock.wall_ += 70s - 1h;
  auto event = comparison.since_last();

  EXPECT_EQ(event.suspended, Duration(60s));
  EXPECT_EQ(event.wall_jump, Duration(-1h));
  EXPECT_EQ(comparison.since_last().suspended, Duration(0));
}

Task<Result<int>> answer_after(Loop& loop, Duration wait, int answer) {
  CO_TRY(co_await loop.sleep_for(wait));
  co_return answer;
}

TEST(Within, answers_the_result_when_it_comes_in_time) {
  VirtualLoop loop;
  auto outcome = loop.start(within<int>(loop, 5s, answer_after(loop, 4s, 7)));
  loop.advance(4s);
  ASSERT_TRUE(outcome.is_done());
  EXPECT_EQ(outcome.value().value(), 7);
}

TEST(Within, cancels_what_takes_too_long) {
  VirtualLoop loop;
  auto outcome = loop.start(within<int>(loop, 5s, answer_after(loop, 6s, 7)));
  loop.advance(5s);
  ASSERT_TRUE(outcome.is_done());
  EXPECT_EQ(outcome.value().error().code, Errc::timeout);
}

// Waits a second deaf to cancellation, then for ever where it can be cancelled.
Task<Result<int>> deaf_for_a_second(Loop& loop) {
  Reply<bool> deaf(loop);
  loop.call_after(1s, [&deaf] { deaf.set(true); });
  [[maybe_unused]] auto heard = co_await deaf.wait();
  boost::asio::steady_timer hearing(loop.context(), boost::asio::steady_timer::time_point::max());
  auto token = boost::asio::as_tuple(boost::asio::use_awaitable);
  [[maybe_unused]] auto woken = co_await hearing.async_wait(token);
  co_return fail(Errc::cancelled, "cancelled");
}

TEST(Within, cancels_until_it_is_heard) {
  VirtualLoop loop;
  auto outcome = loop.start(within<int>(loop, 100ms, deaf_for_a_second(loop)));
  loop.advance(2s);
  ASSERT_TRUE(outcome.is_done());
  EXPECT_EQ(outcome.value().error().code, Errc::timeout);
}

Task<> ignore_result(Task<Result<int>> task) {
  [[maybe_unused]] auto result = co_await std::move(task);
}

TEST(TaskGroup, cancels_until_it_is_heard) {
  VirtualLoop loop;
  TaskGroup group(loop, "deaf");
  group.start(ignore_result(deaf_for_a_second(loop)));
  loop.settle();
  auto stopped = loop.start(group.stop(5s));
  loop.advance(2s);
  ASSERT_TRUE(stopped.is_done());
  EXPECT_TRUE(stopped.value().has_value());
}

Task<> beat(Loop& loop, int& beats) {
  for (;;) {
    auto slept = co_await loop.sleep_for(1s);
    if (!slept) co_return;
    ++beats;
  }
}

TEST(TaskGroup, ends_its_children_before_itself) {
  VirtualLoop loop;
  TaskGroup group(loop, "beats");
  int beats = 0;
  group.start(beat(loop, beats));
  group.start(beat(loop, beats));
  loop.advance(10s);

  auto stopped = loop.start(group.stop(1s));
  loop.settle();

  EXPECT_EQ(beats, 20);
  EXPECT_EQ(group.size(), 0u);
  ASSERT_TRUE(stopped.is_done());
  EXPECT_TRUE(stopped.value().has_value());
}

Task<> note_how_a_wait_ends(Loop& loop, std::optional<Errc>& how) {
  auto slept = co_await loop.sleep_for(1h);
  how = slept ? Errc::internal : slept.error().code;
}

TEST(TaskGroup, cancels_a_task_that_has_not_begun) {
  VirtualLoop loop;
  TaskGroup group(loop, "early");
  std::optional<Errc> how;
  group.start(note_how_a_wait_ends(loop, how));

  group.cancel();
  loop.settle();

  EXPECT_EQ(how, Errc::cancelled);
  EXPECT_EQ(group.size(), 0u);
}

TEST(TaskGroup, cancels_a_task_between_its_start_and_its_first_step) {
  VirtualLoop loop;
  TaskGroup group(loop, "early");
  std::optional<Errc> how;
  loop.post([&] { group.cancel(); });
  group.start(note_how_a_wait_ends(loop, how));

  loop.settle();

  EXPECT_EQ(how, Errc::cancelled);
}

TEST(TaskGroup, starts_nothing_once_it_is_stopped) {
  VirtualLoop loop;
  TaskGroup group(loop, "beats");
  int beats = 0;
  auto stopped = loop.start(group.stop(1s));
  loop.settle();

  group.start(beat(loop, beats));
  loop.advance(10s);

  EXPECT_TRUE(stopped.value().has_value());
  EXPECT_EQ(group.size(), 0u);
  EXPECT_EQ(beats, 0);
}

Task<> nested_deadline(Loop& loop, Errc& seen) {
  auto result = co_await within<int>(loop, 1h, answer_after(loop, 2h, 1));
  seen = result ? Errc::internal : result.error().code;
}

TEST(TaskGroup, cancellation_reaches_through_a_deadline) {
  VirtualLoop loop;
  TaskGroup group(loop, "deadline");
  Errc seen = Errc::internal;
  group.start(nested_deadline(loop, seen));
  loop.advance(1min);

  auto stopped = loop.start(group.stop(1s));
  loop.settle();

  EXPECT_TRUE(stopped.is_done());
  EXPECT_EQ(seen, Errc::cancelled);
}

TEST(Notifier, wakes_every_waiter_once_and_keeps_deadlines) {
  VirtualLoop loop;
  Notifier notifier(loop);
  auto first = loop.start(notifier.wait());
  auto late = loop.start(notifier.wait(loop.now() + 1s));
  loop.advance(1s);
  ASSERT_TRUE(late.is_done());
  EXPECT_EQ(late.value().error().code, Errc::timeout);
  EXPECT_FALSE(first.is_done());

  notifier.notify_all();
  loop.settle();

  ASSERT_TRUE(first.is_done());
  EXPECT_TRUE(first.value().has_value());
  EXPECT_FALSE(notifier.has_waiters());
}

TEST(Inbox, brings_everything_from_other_threads_in_order) {
  sys::SystemClock clock;
  Loop loop(clock);
  std::vector<int> got;
  Inbox<int> inbox(loop, [&](std::vector<int> batch) {
    got.insert(got.end(), batch.begin(), batch.end());
    if (got.size() == 1000) loop.stop();
  });
  std::thread producer([sender = inbox.sender()]() mutable {
    for (int i = 0; i < 1000; ++i) sender.push(i);
  });
  loop.run();
  producer.join();

  for (int i = 0; i < 1000; ++i) EXPECT_EQ(got[static_cast<std::size_t>(i)], i);
}

TEST(Inbox, drops_what_comes_after_its_end) {
  VirtualLoop loop;
  auto inbox = std::make_unique<Inbox<int>>(loop, [](std::vector<int>) { FAIL(); });
  auto sender = inbox->sender();
  sender.push(1);
  inbox.reset();
  sender.push(2);
  loop.settle();
}

Task<Result<>> hop(Loop& other, BlockingPool& pool, Loop& home, std::thread::id& worker) {
  auto answer = co_await on_loop<Result<int>>(other, answer_after(other, 1ms, 5));
  if (answer.value() != 5 || !home.is_current()) co_return fail(Errc::internal, "not back home");
  worker = co_await pool.run<std::thread::id>([] { return std::this_thread::get_id(); });
  if (!home.is_current()) co_return fail(Errc::internal, "not back home");
  co_return Result<>();
}

Task<> run_hop(Loop& other, BlockingPool& pool, Loop& home, std::thread::id& worker,
               Result<>& result) {
  result = co_await hop(other, pool, home, worker);
  home.stop();
}

TEST(Calls, come_back_to_the_callers_loop) {
  sys::SystemClock clock;
  Loop home(clock);
  Loop other(clock);
  BlockingPool pool(1);
  std::thread other_thread([&] { other.run(); });
  std::thread::id worker;
  Result<> result = fail(Errc::internal, "never ran");
  TaskGroup group(home, "hop");
  group.start(run_hop(other, pool, home, worker, result));
  home.run();
  other.stop();
  other_thread.join();

  EXPECT_TRUE(result) << result.error().what;
  EXPECT_NE(worker, std::this_thread::get_id());
  home.context().restart();
  home.context().poll();
}

}  // namespace
}  // namespace reeve::async
