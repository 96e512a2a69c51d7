// Which revisions of a service its subscribers have or shall have: what they shall have is what was
// pushed to them, what they have is in the words of their agents. Domain loop.
#pragma once

#include "manager/fleet.hpp"
#include "store/catalog/catalog.hpp"

#include <cstdint>
#include <set>

namespace reeve::manager {

struct RevisionsInUse {
  std::set<std::uint64_t> revisions;
  /// False while a subscriber that has joined has not said, since this manager started, what it
  /// has: it may be any.
  bool is_known_of_all = true;
};

RevisionsInUse revisions_in_use(const store::ServiceEntry& service, const store::Snapshot& snapshot,
                                const Fleet& fleet);

}  // namespace reeve::manager
