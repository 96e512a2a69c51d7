// Enrolled nodes by uid; the catalog has them by name. Follows the catalog from its making on.
// Domain loop.
#pragma once

#include "store/catalog/catalog.hpp"

#include <memory>
#include <string>
#include <unordered_map>

namespace reeve::manager {

class NodeIndex {
 public:
  using NodePtr = std::shared_ptr<const store::Document<model::StoredNode>>;

  /// Made before the catalog starts; outlives its last change.
  explicit NodeIndex(store::Catalog& catalog);
  NodeIndex(const NodeIndex&) = delete;
  NodeIndex& operator=(const NodeIndex&) = delete;

  /// Null if no such node is enrolled.
  NodePtr find(const std::string& uid) const;

 private:
  void follow(const store::Snapshot& before, const store::Snapshot& after,
              const store::Touched& touched);

  std::unordered_map<std::string, NodePtr> nodes_;
};

/// By name; `not_found` says so to people.
Result<NodeIndex::NodePtr> find_node(const store::Snapshot& snapshot, const std::string& name);

/// Whether the node is enrolled, and with this key; else why not, for the operator of its machine.
Result<> check_enrolled(const NodeIndex& nodes, const std::string& uid,
                        const std::string& key_fingerprint);

}  // namespace reeve::manager
