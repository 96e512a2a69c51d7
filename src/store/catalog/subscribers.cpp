#include "store/catalog/subscribers.hpp"

#include "model/name.hpp"

#include <map>

namespace reeve::store {
namespace {

const std::vector<model::Output>* outputs_of(const model::Subscription& entry) {
  return entry.outputs.empty() ? &model::default_outputs() : &entry.outputs;
}

}  // namespace

std::vector<ResolvedSubscriber> subscribers_of(const ServiceEntry& service,
                                               const Snapshot& snapshot) {
  std::map<std::string, ResolvedSubscriber> found;
  // As outputs_for(): a name goes before a selector, the first entry that matches counts.
  for (const auto& entry : service.subscriptions()) {
    if (!entry.nodes) continue;
    for (const auto& name : *entry.nodes) {
      auto folded = model::fold(name);
      const auto* node = snapshot.nodes.find(folded);
      found.try_emplace(folded, ResolvedSubscriber{node ? (*node)->value.name : name,
                                                   node ? *node : nullptr, outputs_of(entry)});
    }
  }
  for (const auto& entry : service.subscriptions()) {
    if (!entry.selector) continue;
    for (const auto& [folded, node] : snapshot.nodes)
      if (model::matches(*entry.selector, node->value.labels))
        found.try_emplace(folded, ResolvedSubscriber{node->value.name, node, outputs_of(entry)});
  }
  std::vector<ResolvedSubscriber> out;
  out.reserve(found.size());
  for (auto& [folded, subscriber] : found) out.push_back(std::move(subscriber));
  return out;
}

model::ServiceList list_for(const ServiceEntry& service, const model::Cluster& cluster,
                            const std::vector<model::Output>& outputs) {
  model::ServiceList list;
  list.service = service.head().name;
  list.uid = service.head().uid;
  list.cluster = cluster.id;
  list.epoch = cluster.epoch;
  list.version = service.version();
  list.revision = service.head().revision;
  list.description = service.head().description;
  list.outputs = outputs;
  list.instances.reserve(service.instances().size());
  for (const auto& instance : service.live_instances())
    list.instances.push_back({instance.ip, instance.port, instance.status, instance.weight,
                              instance.labels, instance.ports, instance.health});
  return list;
}

}  // namespace reeve::store
