// reeve subscriber get: all that is known of one.
#pragma once

#include "cli/command.hpp"

namespace reeve::cli {

void add_subscriber_get(Command& subscriber);

}  // namespace reeve::cli
