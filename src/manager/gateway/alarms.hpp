// The notices that agents' connections give cause for. Pure.
#pragma once

#include "model/record.hpp"

#include <string>

namespace reeve::manager {

/// Two agents with one certificate; `there` is connected, `here` was refused.
model::Notice second_connection_notice(const std::string& node, const std::string& there,
                                       const std::string& here);

/// The node's clock is wrong by hours, by what this manager's says.
model::Notice clock_notice(const std::string& node, WallTime there, WallTime here);
/// This machine's clock is earlier than the day `built` of this program.
model::Notice own_clock_notice(WallTime here, WallTime built);

/// The agent has what the store cannot have given it, after people said that the store is right.
model::Notice ahead_notice(const std::string& node, const std::string& why);

}  // namespace reeve::manager
