// The notices that agents' connections give cause for. Pure.
#pragma once

#include "link/messages.hpp"
#include "model/record.hpp"

#include <cstdint>
#include <string>

namespace reeve::manager {

/// Two agents with one certificate; `there` is connected, `here` was refused.
model::Notice second_connection_notice(const std::string& node, const std::string& there,
                                       const std::string& here);

/// The agent has a spec that is newer than the store, or another cluster's.
model::Notice ahead_notice(const std::string& node, const link::Hello& hello,
                           std::uint64_t store_head);

}  // namespace reeve::manager
