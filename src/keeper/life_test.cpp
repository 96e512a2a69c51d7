#include "keeper/life.hpp"

#include <gtest/gtest.h>

namespace reeve::keeper {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr Ending kClean{.known = true, .signalled = false, .code = 0};
constexpr Ending kFailed{.known = true, .signalled = false, .code = 1};
constexpr Ending kCrashed{.known = true, .signalled = true, .code = 11};
constexpr Ending kUnseen{.known = false, .signalled = false, .code = 0};

Rules rules_of(RestartPolicy policy, AutoRestart again = AutoRestart::unexpected) {
  Rules rules;
  rules.policy = policy;
  rules.autorestart = again;
  return rules;
}

Life running(const Rules& rules, std::int64_t begun) {
  auto life = on_start({}, rules, begun).life;
  return has_process(life.state) && life.deadline != 0
             ? on_deadline(life, rules, begun + rules.startsecs).life
             : life;
}

TEST(Life, is_running_after_startsecs) {
  auto rules = rules_of(RestartPolicy::supervisord);

  auto begun = on_start({}, rules, 100);
  auto later = on_deadline(begun.life, rules, begun.life.deadline);

  EXPECT_EQ(begun.action, Action::spawn);
  EXPECT_EQ(begun.life.state, State::starting);
  EXPECT_EQ(begun.life.deadline, 100 + kSecond);
  EXPECT_EQ(later.life.state, State::running);
  EXPECT_EQ(later.life.deadline, 0);
}

TEST(Life, is_running_at_once_without_startsecs) {
  auto rules = rules_of(RestartPolicy::supervisord);
  rules.startsecs = 0;
  EXPECT_EQ(on_start({}, rules, 0).life.state, State::running);
}

TEST(Life, of_supervisord_waits_a_second_more_each_try_then_is_fatal_for_ever) {
  auto rules = rules_of(RestartPolicy::supervisord);
  auto life = on_start({}, rules, 0).life;
  for (std::int64_t tries = 1; tries <= rules.startretries; ++tries) {
    life = on_ended(life, rules, kFailed, 0, 0).life;
    ASSERT_EQ(life.state, State::backoff);
    EXPECT_EQ(life.deadline, tries * kSecond);
    auto again = on_deadline(life, rules, 0);
    EXPECT_EQ(again.action, Action::spawn);
    life = again.life;
  }
  life = on_ended(life, rules, kFailed, 0, 0).life;
  EXPECT_EQ(life.state, State::fatal);
  EXPECT_EQ(life.deadline, 0);
}

TEST(Life, counts_a_failed_spawn_as_a_failed_try) {
  auto rules = rules_of(RestartPolicy::supervisord);
  auto life = on_spawn_failed(on_start({}, rules, 0).life, rules, 0, 0).life;
  EXPECT_EQ(life.state, State::backoff);
}

TEST(Life, restarts_by_autorestart_and_exitcodes) {
  struct Row {
    AutoRestart again;
    Ending ending;
    bool restarts;
  };
  const Row rows[] = {
      {AutoRestart::never, kCrashed, false},    {AutoRestart::never, kUnseen, false},
      {AutoRestart::always, kClean, true},      {AutoRestart::unexpected, kClean, false},
      {AutoRestart::unexpected, kFailed, true}, {AutoRestart::unexpected, kCrashed, true},
      {AutoRestart::unexpected, kUnseen, true},
  };
  for (auto policy : {RestartPolicy::supervisord, RestartPolicy::backoff})
    for (const auto& row : rows) {
      auto rules = rules_of(policy, row.again);
      auto step = on_ended(running(rules, 0), rules, row.ending, 100 * kSecond, 0);
      EXPECT_EQ(step.action == Action::spawn, row.restarts);
      if (!row.restarts) EXPECT_EQ(step.life.state, State::exited);
    }
}

TEST(Life, restarts_at_once_after_running_and_waits_when_lives_are_short) {
  for (auto policy : {RestartPolicy::supervisord, RestartPolicy::backoff}) {
    auto rules = rules_of(policy, AutoRestart::always);
    rules.startsecs = 0;
    auto first = on_ended(running(rules, 0), rules, kClean, 10, 0);
    EXPECT_EQ(first.action, Action::spawn);
    auto second = on_ended(first.life, rules, kClean, 20, 0);
    EXPECT_EQ(second.action, Action::none);
    EXPECT_EQ(second.life.deadline, 20 + kSecond);
    EXPECT_EQ(on_deadline(second.life, rules, 20 + kSecond).action, Action::spawn);
  }
}

TEST(Life, with_backoff_waits_twice_as_long_after_each_failure_up_to_the_cap) {
  auto rules = rules_of(RestartPolicy::backoff);
  rules.budget = 1000;
  auto life = on_start({}, rules, 0).life;
  std::int64_t now = 0;
  for (std::int64_t wanted : {1, 2, 4, 8, 16, 32, 60, 60}) {
    life = on_ended(life, rules, kFailed, now, 0).life;
    EXPECT_EQ(life.deadline - now, wanted * kSecond);
    now = life.deadline;
    life = on_deadline(life, rules, now).life;
  }
}

TEST(Life, with_backoff_waits_at_most_a_fifth_less_by_luck) {
  auto rules = rules_of(RestartPolicy::backoff);
  for (std::uint64_t luck : {0ULL, 1ULL, 500ULL, 999ULL, 123456789ULL}) {
    auto life = on_ended(on_start({}, rules, 0).life, rules, kFailed, 0, luck).life;
    EXPECT_LE(life.deadline, kSecond);
    EXPECT_GE(life.deadline, kSecond * 4 / 5);
  }
}

TEST(Life, with_backoff_is_held_when_its_budget_is_used_up_and_tried_again_later) {
  auto rules = rules_of(RestartPolicy::backoff, AutoRestart::always);
  rules.startsecs = 0;
  rules.budget = 3;
  auto life = running(rules, 0);
  std::int64_t now = 0;
  for (int restart = 0; restart < 3; ++restart) {
    auto step = on_ended(life, rules, kClean, now, 0);
    if (step.action == Action::none) step = on_deadline(step.life, rules, now = step.life.deadline);
    life = step.life;
  }
  auto held = on_ended(life, rules, kClean, now, 0).life;
  EXPECT_EQ(held.state, State::fatal);
  EXPECT_EQ(held.held, 1U);
  EXPECT_EQ(held.deadline, now + rules.held_for);
  auto again = on_deadline(held, rules, held.deadline);
  EXPECT_EQ(again.action, Action::spawn);
  EXPECT_EQ(again.life.held, 0U);
}

TEST(Life, with_backoff_forgets_failures_after_a_long_life) {
  auto rules = rules_of(RestartPolicy::backoff, AutoRestart::always);
  auto life = running(rules, 0);
  life.failures = 5;
  auto step = on_ended(life, rules, kFailed, rules.stable_after, 0);
  EXPECT_EQ(step.action, Action::spawn);
}

TEST(Life, stops_with_the_signal_then_kills) {
  auto rules = rules_of(RestartPolicy::supervisord);
  auto stop = on_stop(running(rules, 0), rules, 5 * kSecond);
  EXPECT_EQ(stop.action, Action::send_stop);
  EXPECT_EQ(stop.life.state, State::stopping);
  auto killed = on_deadline(stop.life, rules, stop.life.deadline);
  EXPECT_EQ(killed.action, Action::send_kill);
  EXPECT_EQ(killed.life.state, State::stopping);
  auto stopped = on_ended(killed.life, rules, kCrashed, 20 * kSecond, 0);
  EXPECT_EQ(stopped.life.state, State::stopped);
  EXPECT_EQ(stopped.action, Action::none);
}

TEST(Life, stopped_while_it_waits_for_a_try_has_none) {
  auto rules = rules_of(RestartPolicy::supervisord);
  auto waiting = on_ended(on_start({}, rules, 0).life, rules, kFailed, 0, 0).life;
  auto stopped = on_stop(waiting, rules, 1);
  EXPECT_EQ(stopped.life.state, State::stopped);
  EXPECT_EQ(stopped.life.deadline, 0);
}

TEST(Life, restarts_when_the_stop_is_done) {
  auto rules = rules_of(RestartPolicy::supervisord);
  auto stopping = on_restart(running(rules, 0), rules, 1);
  EXPECT_EQ(stopping.action, Action::send_stop);
  auto again = on_ended(stopping.life, rules, kClean, 2, 0);
  EXPECT_EQ(again.action, Action::spawn);
  EXPECT_EQ(again.life.state, State::starting);
}

TEST(Life, a_stop_calls_off_a_restart_that_is_under_way) {
  auto rules = rules_of(RestartPolicy::supervisord);
  auto stopping = on_stop(on_restart(running(rules, 0), rules, 1).life, rules, 2);
  EXPECT_EQ(on_ended(stopping.life, rules, kClean, 3, 0).action, Action::none);
}

TEST(Life, started_twice_is_started_once) {
  auto rules = rules_of(RestartPolicy::supervisord);
  EXPECT_EQ(on_start(running(rules, 0), rules, 1).action, Action::none);
}

TEST(Life, an_end_without_a_process_changes_nothing) {
  for (auto state : {State::stopped, State::backoff, State::exited, State::fatal}) {
    Life life;
    life.state = state;
    EXPECT_EQ(on_ended(life, {}, kFailed, 1, 0).life.state, state);
  }
}

}  // namespace
}  // namespace reeve::keeper
