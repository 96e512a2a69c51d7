#include "supervise/status.hpp"

#include "keeper/life.hpp"

#include <sys/wait.h>

#include <chrono>
#include <cstring>

namespace reeve::supervise {
namespace {

std::optional<WallTime> wall_of(std::int64_t nanoseconds) {
  if (nanoseconds == 0) return std::nullopt;
  return WallTime(
      std::chrono::duration_cast<WallTime::duration>(std::chrono::nanoseconds(nanoseconds)));
}

}  // namespace

model::ProcessState state_of(keeper::State state) {
  using enum model::ProcessState;
  switch (state) {
    case keeper::State::stopped: return STOPPED;
    case keeper::State::starting: return STARTING;
    case keeper::State::running: return RUNNING;
    case keeper::State::backoff: return BACKOFF;
    case keeper::State::stopping: return STOPPING;
    case keeper::State::exited: return EXITED;
    case keeper::State::fatal: return FATAL;
    case keeper::State::unknown: break;
  }
  return UNKNOWN;
}

model::ProcessStatus status_of(const keeper::Report& report, std::int64_t wanted_mark) {
  model::ProcessStatus status;
  status.process = report.name;
  status.state = state_of(report.state);
  bool is_there = keeper::has_process(report.state) && report.pid > 0;
  if (is_there) status.pid = report.pid;
  status.started = wall_of(report.started);
  status.ended = wall_of(report.ended);
  int end = static_cast<int>(report.status);
  if (report.known != 0 && WIFEXITED(end)) status.exit_code = WEXITSTATUS(end);
  if (report.known != 0 && WIFSIGNALED(end)) status.signal = WTERMSIG(end);
  if (!report.reason.empty()) status.reason = report.reason;
  status.restarts = static_cast<std::uint64_t>(report.restarts);
  status.held_until = wall_of(report.held_until);
  status.outdated = is_there && report.started_mark != wanted_mark;
  if (report.trouble != 0) status.log_trouble = std::strerror(static_cast<int>(report.trouble));
  return status;
}

}  // namespace reeve::supervise
