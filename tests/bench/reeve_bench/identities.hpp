// Who the bench nodes are: joined once over the real POST /join, then kept in one file, so that a
// later run with the same manager's data folder need not join again.
#pragma once

#include "agent/identity.hpp"
#include "async/loop.hpp"
#include "net/address.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace reeve::bench {

struct JoinPlan {
  net::Endpoint link;
  std::string token;
  std::size_t count = 0;
  std::filesystem::path folder;
};

/// The credentials of all the nodes: those in <folder>/identities, and for those still missing a
/// join each, many at a time. On `loop`, whose thread also makes the keys and writes the file.
Task<Result<std::vector<agent::Credentials>>> find_or_join(async::Loop& loop, JoinPlan plan);

}  // namespace reeve::bench
