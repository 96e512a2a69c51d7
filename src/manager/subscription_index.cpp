#include "manager/subscription_index.hpp"

#include "model/name.hpp"

namespace reeve::manager {
namespace {

// Folded: those that get the list, and those that are to remove its files.
std::set<std::string> named_by(const store::ServiceEntry& entry) {
  std::set<std::string> nodes;
  for (const auto* part : {&entry.subscriptions(), &entry.leaving()})
    for (const auto& subscription : *part)
      if (subscription.nodes)
        for (const auto& node : *subscription.nodes) nodes.insert(model::fold(node));
  return nodes;
}

}  // namespace

void SubscriptionIndex::update(const std::string& service, const store::ServiceEntry* before,
                               const store::ServiceEntry* after) {
  bool is_same = before && after && before->subscriptions_part() == after->subscriptions_part();
  if (is_same) return;
  if (before) remove(service, *before);
  if (after) add(service, *after);
}

std::set<std::string> SubscriptionIndex::services_for(const std::string& node) const {
  std::set<std::string> services = selecting_;
  if (auto found = named_.find(node); found != named_.end())
    services.insert(found->second.begin(), found->second.end());
  return services;
}

void SubscriptionIndex::add(const std::string& service, const store::ServiceEntry& entry) {
  for (const auto& subscription : entry.subscriptions())
    if (subscription.selector) selecting_.insert(service);
  for (const auto& node : named_by(entry)) named_[node].insert(service);
}

void SubscriptionIndex::remove(const std::string& service, const store::ServiceEntry& entry) {
  selecting_.erase(service);
  for (const auto& node : named_by(entry)) {
    auto found = named_.find(node);
    if (found == named_.end()) continue;
    found->second.erase(service);
    if (found->second.empty()) named_.erase(found);
  }
}

}  // namespace reeve::manager
