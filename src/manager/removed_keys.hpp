// Keys of machines that were nodes and are no more. A join request carries no secret but its token:
// who has seen one may send it again, and a token for many nodes would enrol the old key anew. Pure
// functions; domain loop.
#pragma once

#include "store/catalog/catalog.hpp"
#include "store/store.hpp"

#include <string>
#include <vector>

namespace reeve::manager {

/// So many are remembered; beyond that the oldest is forgotten.
inline constexpr std::size_t kMostRemovedKeys = 10'000;

/// What remembers the node's key as one that is enrolled no more.
std::vector<store::Write> remember_key(const model::StoredNode& node,
                                       const store::Snapshot& snapshot, WallTime now);

/// `forbidden` for a key that was removed, with what to do on its machine.
Result<> check_not_removed(const std::string& key_fingerprint, const store::Snapshot& snapshot);

}  // namespace reeve::manager
