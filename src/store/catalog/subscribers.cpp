#include "store/catalog/subscribers.hpp"

#include "model/name.hpp"

#include <algorithm>
#include <map>
#include <unordered_set>

namespace reeve::store {
namespace {

const std::vector<model::Output>* outputs_of(const model::Subscription& entry) {
  return entry.outputs.empty() ? &model::default_outputs() : &entry.outputs;
}

bool has_selector(const model::Subscription& entry) { return entry.selector.has_value(); }

std::map<std::string, ResolvedSubscriber> named_subscribers(const ServiceEntry& service,
                                                            const Snapshot& snapshot) {
  std::map<std::string, ResolvedSubscriber> named;
  for (const auto& entry : service.subscriptions()) {
    if (!entry.nodes) continue;
    for (const auto& name : *entry.nodes) {
      auto folded = model::fold(name);
      const auto* node = snapshot.nodes.find(folded);
      if (node && (*node)->value.leaving) continue;
      named.try_emplace(folded, ResolvedSubscriber{node ? (*node)->value.name : name,
                                                   node ? *node : nullptr, outputs_of(entry)});
    }
  }
  return named;
}

std::unordered_set<std::string> names_of(const ServiceEntry& service) {
  std::unordered_set<std::string> names;
  for (const auto& entry : service.subscriptions())
    if (entry.nodes)
      for (const auto& name : *entry.nodes) names.insert(model::fold(name));
  return names;
}

const model::Subscription* selecting_entry(const ServiceEntry& service,
                                           const Document<model::StoredNode>& node) {
  for (const auto& entry : service.subscriptions())
    if (entry.selector && model::matches(*entry.selector, node.value.labels)) return &entry;
  return nullptr;
}

}  // namespace

std::vector<ResolvedSubscriber> subscribers_of(const ServiceEntry& service,
                                               const Snapshot& snapshot) {
  // As outputs_for(): a name goes before a selector, the first entry that matches counts.
  auto named = named_subscribers(service, snapshot);
  std::vector<ResolvedSubscriber> out;
  auto next = named.begin();
  if (std::ranges::any_of(service.subscriptions(), has_selector)) {
    for (const auto& [folded, node] : snapshot.nodes) {
      for (; next != named.end() && next->first < folded; ++next)
        out.push_back(std::move(next->second));
      if (next != named.end() && next->first == folded) continue;
      if (node->value.leaving) continue;
      if (const auto* entry = selecting_entry(service, *node))
        out.push_back({node->value.name, node, outputs_of(*entry)});
    }
  }
  for (; next != named.end(); ++next) out.push_back(std::move(next->second));
  return out;
}

std::vector<std::string> subscribing(const std::vector<std::string>& names,
                                     const ServiceEntry& service, const Snapshot& snapshot) {
  auto named = names_of(service);
  std::vector<std::string> found;
  for (const auto& name : names) {
    auto folded = model::fold(name);
    const auto* node = snapshot.nodes.find(folded);
    if (named.contains(folded) || (node && selecting_entry(service, **node))) found.push_back(name);
  }
  return found;
}

std::vector<ResolvedSubscriber> leaving_of(const ServiceEntry& service, const Snapshot& snapshot) {
  std::vector<ResolvedSubscriber> out;
  if (service.leaving().empty()) return out;
  auto named = names_of(service);
  for (const auto& entry : service.leaving()) {
    if (!entry.nodes || entry.nodes->empty()) continue;
    auto folded = model::fold(entry.nodes->front());
    const auto* node = snapshot.nodes.find(folded);
    if (!node || (*node)->value.leaving) continue;
    bool is_back = named.contains(folded) || selecting_entry(service, **node);
    if (!is_back) out.push_back({(*node)->value.name, *node, outputs_of(entry)});
  }
  return out;
}

model::ServiceList list_for(const ServiceEntry& service, const PushedContent& pushed,
                            const model::Cluster& cluster,
                            const std::vector<model::Output>& outputs) {
  const auto& content = pushed.content->value;
  model::ServiceList list;
  list.service = service.head().name;
  list.uid = service.head().uid;
  list.cluster = cluster.id;
  list.epoch = cluster.epoch;
  list.version = service.version_of(pushed);
  list.revision = pushed.revision;
  list.description = content.description.value_or(service.head().description);
  list.outputs = outputs;
  list.outputs_mark = model::outputs_mark(outputs);
  list.instances.reserve(content.instances.size());
  for (const auto& instance : service.live_instances(*pushed.content))
    list.instances.push_back({instance.ip,
                              instance.port,
                              instance.status,
                              instance.weight,
                              instance.labels,
                              instance.ports,
                              instance.health,
                              {}});
  return list;
}

}  // namespace reeve::store
