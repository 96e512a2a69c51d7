// What of a log an HTTP request asks for: ?stream= &tail= &since= &follow= &timestamps=, of the
// manager's API and of the agent's own alike. Pure; any thread.
#pragma once

#include "link/log_call.hpp"
#include "net/http.hpp"

namespace reeve::link {

/// All but the program and the process. `now` is what "10m" is counted back from.
Result<LogCall> log_call_of(const net::Request& request, WallTime now);

}  // namespace reeve::link
