#include "manager/node_index.hpp"

#include "base/quote.hpp"
#include "model/name.hpp"

namespace reeve::manager {

NodeIndex::NodeIndex(store::Catalog& catalog) {
  catalog.on_change([this](const store::Snapshot& before, const store::SnapshotPtr& after,
                           const store::Touched& touched) { follow(before, *after, touched); });
}

NodeIndex::NodePtr NodeIndex::find(const std::string& uid) const {
  auto found = nodes_.find(uid);
  return found == nodes_.end() ? nullptr : found->second;
}

Result<NodeIndex::NodePtr> find_node(const store::Snapshot& snapshot, const std::string& name) {
  const auto* found = snapshot.nodes.find(model::fold(name));
  if (!found) return fail(Errc::not_found, "there is no node {}", quote(name));
  return *found;
}

Result<> check_enrolled(const NodeIndex& nodes, const std::string& uid,
                        const std::string& key_fingerprint) {
  auto node = nodes.find(uid);
  if (!node)
    return fail(Errc::forbidden, "this node was removed from the cluster: {} is not enrolled", uid);
  if (node->value.key_fingerprint == key_fingerprint) return {};
  return fail(Errc::forbidden,
              "another machine has taken the place of node \"{}\": the key of this one is no "
              "longer enrolled",
              node->value.name);
}

void NodeIndex::follow(const store::Snapshot& before, const store::Snapshot& after,
                       const store::Touched& touched) {
  for (const auto& name : touched.nodes)
    if (const auto* node = before.nodes.find(name)) nodes_.erase((*node)->value.uid);
  for (const auto& name : touched.nodes)
    if (const auto* node = after.nodes.find(name)) nodes_[(*node)->value.uid] = *node;
}

}  // namespace reeve::manager
