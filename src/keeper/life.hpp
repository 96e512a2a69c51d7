// The life of one process as a pure state machine: what supervisord's states do at each event, by
// either restart policy. It is given the time and a random number, and answers what is to be done.
// A Life is plain bytes: it stands in the shared table, and a killed keeper's successor goes on
// with it. Times are nanoseconds of the monotonic clock.
#pragma once

#include <bitset>
#include <cstdint>

namespace reeve::keeper {

/// The numbers are supervisord's, and the wire's.
enum class State : std::uint32_t {
  stopped = 0,
  starting = 10,
  running = 20,
  backoff = 30,
  stopping = 40,
  exited = 100,
  fatal = 200,
  unknown = 1000,
};

enum class RestartPolicy : std::uint32_t { supervisord, backoff };
enum class AutoRestart : std::uint32_t { never, unexpected, always };

/// What a process' spec says about its life.
struct Rules {
  RestartPolicy policy = RestartPolicy::backoff;
  AutoRestart autorestart = AutoRestart::unexpected;
  std::bitset<256> exitcodes = std::bitset<256>(1);  // the expected ones: 0
  std::int64_t startsecs = 1'000'000'000;
  std::int64_t startretries = 3;
  std::int64_t stopwaitsecs = 10'000'000'000;
  // Of RestartPolicy::backoff alone:
  std::int64_t first_wait = 1'000'000'000;
  std::int64_t longest_wait = 60'000'000'000;
  std::int64_t stable_after = 60'000'000'000;    // this long RUNNING forgets the failures
  std::int64_t budget = 20;                      // so many restarts …
  std::int64_t budget_window = 600'000'000'000;  // … in this time, then held
  std::int64_t held_for = 600'000'000'000;
};

/// Fixed layout: it is written into the table.
struct Life {
  State state = State::stopped;
  std::uint32_t failures = 0;       // in a row; waits grow with it
  std::uint32_t restart_after = 0;  // 1: start again when the stop is done
  std::uint32_t held = 0;           // 1: FATAL for lack of budget, tried again at the deadline
  std::int64_t since = 0;           // of the state
  std::int64_t deadline = 0;        // 0: none
  std::int64_t begun = 0;           // the last spawn
  std::int64_t window_begun = 0;
  std::uint32_t window_restarts = 0;
  std::uint32_t killed = 0;  // 1: the stop has come to SIGKILL
};

enum class Action : std::uint32_t { none, spawn, send_stop, send_kill };

struct Step {
  Life life;
  Action action = Action::none;
};

/// How a process ended; `known` is false when nobody was there to see it.
struct Ending {
  bool known = true;
  bool signalled = false;
  int code = 0;  // exit code or signal
};

/// Whether there is a process in this state, or one being made.
bool has_process(State state);

Step on_start(Life life, const Rules& rules, std::int64_t now);
Step on_stop(Life life, const Rules& rules, std::int64_t now);
Step on_restart(Life life, const Rules& rules, std::int64_t now);
/// It could not be made; `luck` is any random number, as below.
Step on_spawn_failed(Life life, const Rules& rules, std::int64_t now, std::uint64_t luck);
Step on_ended(Life life, const Rules& rules, const Ending& ending, std::int64_t now,
              std::uint64_t luck);
/// Its deadline has passed.
Step on_deadline(Life life, const Rules& rules, std::int64_t now);

}  // namespace reeve::keeper
