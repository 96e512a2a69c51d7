// How what an agent has stands to what this manager would push: whether that is the past or the
// future of it. Pure.
#pragma once

#include "link/messages.hpp"
#include "manager/plan.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace reeve::manager {

enum class Standing : std::uint8_t {
  good,      // what we have for it is newer, or the same
  doubtful,  // it has the same version with other contents: its words about its lists decide
  ahead      // this store cannot have given it that
};

/// `version` and `digest` are of the plan that the agent shall have.
Standing standing_of(const link::Hello& hello, const model::Cluster& cluster, std::uint64_t version,
                     const std::string& digest);

/// Whether these words about its lists, of an agent that has the plan's version, tell of decisions
/// that this store does not know. A list that is behind, or was never taken in, does not.
bool contradict(const std::vector<link::ListWord>& words, const Plan& plan);

}  // namespace reeve::manager
