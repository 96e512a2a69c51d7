// A process: one running copy of a program on a node, as its agent sees it. Observed, never stored.
#pragma once

#include "base/time.hpp"
#include "json/codec.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace reeve::model {

/// supervisord's states; the wire has them in its capitals.
enum class ProcessState { STOPPED, STARTING, RUNNING, BACKOFF, STOPPING, EXITED, FATAL, UNKNOWN };
BOOST_DESCRIBE_ENUM(ProcessState, STOPPED, STARTING, RUNNING, BACKOFF, STOPPING, EXITED, FATAL,
                    UNKNOWN)

/// Of a process: its standard output, and its standard error.
enum class OutputStream { out, err };
BOOST_DESCRIBE_ENUM(OutputStream, out, err)

/// What the agent tells of one process.
struct ProcessStatus {
  std::string process;
  ProcessState state = ProcessState::UNKNOWN;
  std::optional<std::int64_t> pid{};
  std::optional<WallTime> started{};  // of the process that runs, or ran last
  std::optional<WallTime> ended{};
  std::optional<int> exit_code{};  // of the last end; neither where nobody saw it
  std::optional<int> signal{};
  std::optional<std::string> reason{};   // why it is not as it should be, in words
  std::uint64_t restarts = 0;            // by itself, since somebody last started it
  std::optional<WallTime> held_until{};  // FATAL for lack of budget: tried again then
  bool outdated = false;  // it was started by an earlier definition than the node has now
  std::optional<std::string> log_trouble{};  // why its output cannot be written
  json::Object unknown{};

  bool operator==(const ProcessStatus&) const = default;
};
BOOST_DESCRIBE_STRUCT(ProcessStatus, (),
                      (process, state, pid, started, ended, exit_code, signal, reason, restarts,
                       held_until, outdated, log_trouble))

/// What the API shows.
struct Process : ProcessStatus {
  std::string program;
  std::string node;
};
BOOST_DESCRIBE_STRUCT(Process, (ProcessStatus), (program, node))

}  // namespace reeve::model
