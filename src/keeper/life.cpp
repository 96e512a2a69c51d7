#include "keeper/life.hpp"

#include <algorithm>

namespace reeve::keeper {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

void enter(Life& life, State state, std::int64_t now, std::int64_t deadline = 0) {
  life.state = state;
  life.since = now;
  life.deadline = deadline;
}

Step begin(Life life, const Rules& rules, std::int64_t now) {
  bool at_once = rules.startsecs == 0;
  life.begun = now;
  life.held = 0;
  life.killed = 0;
  enter(life, at_once ? State::running : State::starting, now, at_once ? 0 : now + rules.startsecs);
  return {life, Action::spawn};
}

/// Doubles with each failure up to the cap; up to a fifth less by luck, so that a thousand
/// programs that fell together do not rise together.
std::int64_t backoff_wait(const Rules& rules, std::uint32_t failures, std::uint64_t luck) {
  auto doublings = std::min<std::uint32_t>(failures > 0 ? failures - 1 : 0, 30);
  auto first = std::max<std::int64_t>(rules.first_wait, 1);
  auto wait = first > (rules.longest_wait >> doublings) ? rules.longest_wait : first << doublings;
  return wait - static_cast<std::int64_t>(luck % 1000) * (wait / 5000);
}

/// Whether the window's budget of restarts is used up by one more.
bool over_budget(Life& life, const Rules& rules, std::int64_t now) {
  if (life.window_restarts == 0 || now - life.window_begun > rules.budget_window) {
    life.window_begun = now;
    life.window_restarts = 0;
  }
  return ++life.window_restarts > rules.budget;
}

Step hold(Life life, const Rules& rules, std::int64_t now) {
  life.held = 1;
  life.failures = 0;
  life.window_restarts = 0;
  enter(life, State::fatal, now, now + rules.held_for);
  return {life, Action::none};
}

/// It failed before it was RUNNING: the next try later, or never.
Step fail_start(Life life, const Rules& rules, std::int64_t now, std::uint64_t luck) {
  ++life.failures;
  if (rules.policy == RestartPolicy::supervisord) {
    if (life.failures > rules.startretries) {
      enter(life, State::fatal, now);
      return {life, Action::none};
    }
    enter(life, State::backoff, now, now + life.failures * kSecond);
    return {life, Action::none};
  }
  if (over_budget(life, rules, now)) return hold(life, rules, now);
  enter(life, State::backoff, now, now + backoff_wait(rules, life.failures, luck));
  return {life, Action::none};
}

bool is_wanted_again(const Rules& rules, const Ending& ending) {
  if (rules.autorestart == AutoRestart::never) return false;
  if (rules.autorestart == AutoRestart::always) return true;
  bool expected = ending.known && !ending.signalled && ending.code >= 0 && ending.code < 256 &&
                  rules.exitcodes.test(static_cast<std::size_t>(ending.code));
  return !expected;
}

/// After RUNNING the first restart is immediate; short lives in a row wait.
Step rise_again(Life life, const Rules& rules, std::int64_t now, std::uint64_t luck) {
  auto lived = now - life.begun;
  auto long_enough = rules.policy == RestartPolicy::supervisord ? kSecond : rules.stable_after;
  if (lived >= long_enough) life.failures = 0;
  if (rules.policy == RestartPolicy::backoff && over_budget(life, rules, now))
    return hold(life, rules, now);
  if (life.failures++ == 0) return begin(life, rules, now);
  if (rules.policy == RestartPolicy::supervisord) {
    life.failures = 1;  // at most once a second, as supervisord's own loop goes
    enter(life, State::exited, now, now + kSecond);
    return {life, Action::none};
  }
  enter(life, State::backoff, now, now + backoff_wait(rules, life.failures - 1, luck));
  return {life, Action::none};
}

}  // namespace

bool has_process(State state) {
  return state == State::starting || state == State::running || state == State::stopping;
}

Step on_start(Life life, const Rules& rules, std::int64_t now) {
  if (life.state == State::stopping) {
    life.restart_after = 1;
    return {life, Action::none};
  }
  if (has_process(life.state)) return {life, Action::none};
  life.failures = 0;
  life.window_restarts = 0;
  return begin(life, rules, now);
}

Step on_stop(Life life, const Rules& rules, std::int64_t now) {
  life.restart_after = 0;
  if (life.state == State::stopping) return {life, Action::none};
  if (!has_process(life.state)) {
    life.held = 0;
    // What ended by itself keeps saying so; what waits for another try shall not have it.
    bool waits = life.deadline != 0 || life.state == State::backoff;
    if (waits) enter(life, State::stopped, now);
    return {life, Action::none};
  }
  life.killed = 0;
  enter(life, State::stopping, now, now + rules.stopwaitsecs);
  return {life, Action::send_stop};
}

Step on_restart(Life life, const Rules& rules, std::int64_t now) {
  if (!has_process(life.state)) return on_start(life, rules, now);
  auto step = on_stop(life, rules, now);
  step.life.restart_after = 1;
  return step;
}

Step on_spawn_failed(Life life, const Rules& rules, std::int64_t now, std::uint64_t luck) {
  if (life.state == State::stopping) return on_ended(life, rules, Ending{}, now, luck);
  return fail_start(life, rules, now, luck);
}

Step on_ended(Life life, const Rules& rules, const Ending& ending, std::int64_t now,
              std::uint64_t luck) {
  switch (life.state) {
    case State::stopping: {
      bool again = life.restart_after != 0;
      life.restart_after = 0;
      life.failures = 0;
      enter(life, State::stopped, now);
      return again ? begin(life, rules, now) : Step{life, Action::none};
    }
    case State::starting: return fail_start(life, rules, now, luck);
    case State::running:
      if (is_wanted_again(rules, ending)) return rise_again(life, rules, now, luck);
      enter(life, State::exited, now);
      return {life, Action::none};
    default: return {life, Action::none};
  }
}

Step on_deadline(Life life, const Rules& rules, std::int64_t now) {
  life.deadline = 0;
  switch (life.state) {
    case State::starting:
      // Being up for startsecs is what supervisord's retries ask for; the other policy forgets
      // failures only after `stable_after`.
      if (rules.policy == RestartPolicy::supervisord) life.failures = 0;
      enter(life, State::running, now);
      return {life, Action::none};
    case State::stopping: life.killed = 1; return {life, Action::send_kill};
    case State::backoff:
    case State::exited:
    case State::fatal: return begin(life, rules, now);
    default: return {life, Action::none};
  }
}

}  // namespace reeve::keeper
