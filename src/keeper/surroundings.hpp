// What a guardian is started into, and makes of it for itself. Once, at its start.
#pragma once

#include "base/unique_fd.hpp"
#include "keeper/table.hpp"

#include <string>

namespace reeve::keeper {

/// Notes the limits and the OOM score that children shall have, then raises and lowers its own.
void settle_in(Header& header);

/// The file, locked; none if another has it for longer than a child takes to execute.
UniqueFd take_lock(const std::string& file);

}  // namespace reeve::keeper
