// --watch: a command's answer shown again whenever what it is about changes, until Ctrl-C. On a
// terminal in one place, else one after the other, with --json a line each. One thread.
#pragma once

#include "cli/command.hpp"

#include <string>
#include <vector>

namespace reeve::cli {

/// The command's action is `view`, and with --watch, which this adds, `view` again and again.
/// `kinds`: of the events that may change it; none means any.
void watchable_client(Command& command, std::vector<std::string> kinds, Action view);

}  // namespace reeve::cli
