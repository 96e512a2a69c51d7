#include "store/catalog/service_entry.hpp"

#include "base/check.hpp"

#include <algorithm>

namespace reeve::store {

ServiceEntry::ServiceEntry(
    std::shared_ptr<const Document<model::StoredService>> head,
    std::shared_ptr<const Document<model::StoredContent>> content,
    std::shared_ptr<const Document<model::StoredLive>> live,
    std::shared_ptr<const Document<model::StoredSubscriptions>> subscriptions)
    : head_(std::move(head)),
      content_(std::move(content)),
      live_(std::move(live)),
      subscriptions_(std::move(subscriptions)) {
  CHECK(head_ && content_ && live_ && subscriptions_);
}

std::vector<model::Instance> ServiceEntry::live_instances() const {
  std::vector<model::Instance> out;
  out.reserve(instances().size());
  for (const auto& spec : instances()) {
    auto& instance = out.emplace_back();
    static_cast<model::InstanceSpec&>(instance) = spec;
    if (!held().empty()) instance.holds = holds_of(held(), spec.id());
    if (!instance.holds.empty()) instance.status = model::Status::offline;
  }
  return out;
}

std::size_t ServiceEntry::eligible_count() const {
  auto count = std::ranges::count_if(instances(), [&](const auto& spec) {
    return spec.weight > 0 && (held().empty() || holds_of(held(), spec.id()).empty());
  });
  return static_cast<std::size_t>(count);
}

model::Service ServiceEntry::view() const {
  model::Service service;
  static_cast<model::ServiceSpec&>(service) = head();
  service.uid = head().uid;
  service.name = head().name;
  service.kernel = head().kernel;
  service.revision = head().revision;
  service.version = version();
  service.created = head().created;
  service.modified = head().modified;
  service.instances = live_instances();
  service.subscriptions = subscriptions();
  return service;
}

Bytes ServiceEntry::encoded() const {
  std::call_once(encoded_once_, [this] { encoded_ = bytes(json::encode_text(view())); });
  return encoded_;
}

const std::vector<model::Hold>& holds_of(const std::vector<model::InstanceHolds>& held,
                                         const std::string& instance) {
  static const std::vector<model::Hold> none;
  auto at = std::ranges::lower_bound(held, instance, {}, &model::InstanceHolds::instance);
  return at != held.end() && at->instance == instance ? at->holds : none;
}

}  // namespace reeve::store
