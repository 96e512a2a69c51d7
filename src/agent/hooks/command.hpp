// Runs one program to its end, or to the end of our patience, and keeps the end of what it prints.
// The loop only carries bytes: the program is started on the blocking pool.
#pragma once

#include "async/call.hpp"
#include "async/loop.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace reeve::agent {

struct HookCommand {
  std::vector<std::string> argv;
  std::vector<std::string> environment;
  std::optional<std::string> run_as{};
  std::optional<std::string> mark{};  // sys::ProgramSpec::mark
};

struct HookLimits {
  Duration patience = std::chrono::seconds(30);  // then SIGTERM to its group
  Duration grace = std::chrono::seconds(5);      // then SIGKILL
};

struct HookEnd {
  std::optional<int> exit_code{};
  std::optional<int> signal{};
  std::optional<std::string> error{};  // why it did not run, or was ended
  std::string output{};                // the last bytes that it printed
};

/// Cancelled, it kills the program and answers at once. Both references must outlive it.
// NOLINTNEXTLINE(*-reference-coroutine-parameters): that is the caller's care
Task<HookEnd> run_command(async::Loop& loop, async::BlockingPool& pool, HookCommand command,
                          HookLimits limits);

}  // namespace reeve::agent
