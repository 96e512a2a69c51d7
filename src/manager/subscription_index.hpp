// Which services may take a node: those that name it, and those with a selector. Spares a node that
// joins or gets other labels a walk over every service. One thread.
#pragma once

#include "store/catalog/service_entry.hpp"

#include <set>
#include <string>
#include <unordered_map>

namespace reeve::manager {

class SubscriptionIndex {
 public:
  /// `before` or `after` is null for a service that was made or removed. Names are folded.
  void update(const std::string& service, const store::ServiceEntry* before,
              const store::ServiceEntry* after);
  /// The folded names of the services to ask about this node.
  std::set<std::string> services_for(const std::string& node) const;

 private:
  void add(const std::string& service, const store::ServiceEntry& entry);
  void remove(const std::string& service, const store::ServiceEntry& entry);

  std::unordered_map<std::string, std::set<std::string>> named_;  // node → services
  std::set<std::string> selecting_;
};

}  // namespace reeve::manager
