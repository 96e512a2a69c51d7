// reeve service push, rollback, revisions and diff: which content the subscribers have.
#pragma once

#include "cli/command.hpp"

namespace reeve::cli {

void add_push(Command& service);
void add_rollback(Command& service);
void add_revisions(Command& service);
void add_service_diff(Command& service);

}  // namespace reeve::cli
