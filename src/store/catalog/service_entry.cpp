#include "store/catalog/service_entry.hpp"

#include "base/check.hpp"

#include <algorithm>

namespace reeve::store {

ServiceEntry::ServiceEntry(
    std::shared_ptr<const Document<model::StoredService>> head, ContentPart content,
    std::shared_ptr<const Document<model::StoredLive>> live,
    std::shared_ptr<const Document<model::StoredSubscriptions>> subscriptions,
    std::shared_ptr<const ServicePushes> pushes)
    : head_(std::move(head)),
      content_(std::move(content)),
      live_(std::move(live)),
      subscriptions_(std::move(subscriptions)),
      pushes_(std::move(pushes)) {
  CHECK(head_ && content_ && live_ && subscriptions_);
}

Revision ServiceEntry::version() const {
  bool is_newest_out = head().push == model::Push::auto_;
  auto pushed = std::max(pushes_ ? pushes_->modified() : 0, is_newest_out ? content_->modified : 0);
  return pushed == 0 ? 0 : std::max(pushed, live_->modified);
}

std::optional<PushedContent> ServiceEntry::pushed_to(std::string_view node) const {
  const auto* record = pushes_ ? pushes_->for_node(node) : nullptr;
  if (record) return pushes_->content_of(*record);
  if (head().push == model::Push::auto_) return newest();
  return std::nullopt;
}

std::optional<PushedContent> ServiceEntry::pushed_to_all() const {
  const auto* record = pushes_ ? pushes_->for_all() : nullptr;
  if (record) return pushes_->content_of(*record);
  if (head().push == model::Push::auto_) return newest();
  return std::nullopt;
}

bool ServiceEntry::is_unpushed() const {
  auto pushed = pushed_to_all();
  if (!pushed) return true;
  if (pushed->revision == head().revision) return false;
  const auto& out = pushed->content->value;
  return out.instances != instances() ||
         out.description.value_or(head().description) != head().description;
}

std::vector<ContentPart> ServiceEntry::contents_in_use() const {
  std::vector<ContentPart> contents;
  bool has_newest = head().push == model::Push::auto_ && !(pushes_ && pushes_->for_all());
  if (has_newest) contents.push_back(content_);
  if (!pushes_) return contents;
  for (const auto& [revision, content] : pushes_->contents())
    if (!has_newest || content != content_) contents.push_back(content);
  return contents;
}

std::vector<model::Instance> ServiceEntry::live_instances(
    const Document<model::StoredContent>& content) const {
  std::vector<model::Instance> out;
  out.reserve(content.value.instances.size());
  for (const auto& spec : content.value.instances) {
    auto& instance = out.emplace_back();
    static_cast<model::InstanceSpec&>(instance) = spec;
    if (!held().empty()) instance.holds = holds_of(held(), spec.id());
    if (!instance.holds.empty()) instance.status = model::Status::offline;
  }
  return out;
}

std::optional<model::PushedMark> ServiceEntry::pushed_mark() const {
  const auto* record = pushes_ ? pushes_->for_all() : nullptr;
  if (record) {
    const auto& push = (*record)->value;
    return model::PushedMark{push.revision, push.by, push.at};
  }
  if (head().push != model::Push::auto_) return std::nullopt;
  const auto& content = content_->value;
  return model::PushedMark{head().revision, content.by, content.at.value_or(head().modified)};
}

model::Service ServiceEntry::view() const {
  model::Service service;
  static_cast<model::ServiceSpec&>(service) = head();
  service.uid = head().uid;
  service.name = head().name;
  service.kernel = head().kernel;
  service.revision = head().revision;
  service.version = version();
  service.pushed = pushed_mark();
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

bool is_eligible(const model::InstanceSpec& instance,
                 const std::vector<model::InstanceHolds>& held) {
  return instance.weight > 0 && (held.empty() || holds_of(held, instance.id()).empty());
}

bool has_eligible(const std::vector<model::InstanceSpec>& instances,
                  const std::vector<model::InstanceHolds>& held) {
  return std::ranges::any_of(instances,
                             [&](const auto& instance) { return is_eligible(instance, held); });
}

const std::vector<model::Hold>& holds_of(const std::vector<model::InstanceHolds>& held,
                                         const std::string& instance) {
  static const std::vector<model::Hold> none;
  auto at = std::ranges::lower_bound(held, instance, {}, &model::InstanceHolds::instance);
  return at != held.end() && at->instance == instance ? at->holds : none;
}

}  // namespace reeve::store
