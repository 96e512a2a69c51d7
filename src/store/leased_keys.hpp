// LeasedKeys: which keys go with which lease. Owned by an engine, and kept where it applies its
// commits; one thread.
#pragma once

#include "base/result.hpp"
#include "store/store.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace reeve::store {

class LeasedKeys {
 public:
  /// `too_large` if a lease would have more keys than one commit can remove.
  Result<> check(const Commit& commit) const;

  /// Takes note of a write that happened.
  void note(const Write& write);

  bool contains(const std::string& key) const { return leases_.contains(key); }

  /// What ends the lease: all its keys, ordered.
  std::vector<Write> removals(LeaseId lease) const;

 private:
  std::map<std::string, LeaseId> leases_;          // by key
  std::map<LeaseId, std::set<std::string>> keys_;  // none is empty
};

}  // namespace reeve::store
