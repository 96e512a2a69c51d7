// reeve program logs.
#pragma once

#include "cli/command.hpp"

namespace reeve::cli {

void add_program_logs(Command& program);

}  // namespace reeve::cli
