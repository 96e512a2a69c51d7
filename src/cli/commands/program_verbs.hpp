// reeve program start|stop|restart|signal.
#pragma once

#include "cli/command.hpp"

namespace reeve::cli {

void add_program_verbs(Command& program);

}  // namespace reeve::cli
