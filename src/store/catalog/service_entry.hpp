// One service in the catalog: its stored parts put together, with what is worked out from them once
// and shared by all readers. Immutable; any thread.
#pragma once

#include "model/list.hpp"
#include "model/service.hpp"
#include "store/catalog/document.hpp"
#include "store/catalog/service_pushes.hpp"

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace reeve::store {

class ServiceEntry {
 public:
  /// `pushes` may be null: nobody pushed by hand.
  ServiceEntry(std::shared_ptr<const Document<model::StoredService>> head, ContentPart content,
               std::shared_ptr<const Document<model::StoredLive>> live,
               std::shared_ptr<const Document<model::StoredSubscriptions>> subscriptions,
               std::shared_ptr<const ServicePushes> pushes);

  const model::StoredService& head() const { return head_->value; }
  const std::vector<model::InstanceSpec>& instances() const { return content_->value.instances; }
  const std::vector<model::InstanceHolds>& held() const { return live_->value.held; }
  const std::vector<model::Subscription>& subscriptions() const {
    return subscriptions_->value.subscriptions;
  }
  const std::vector<model::Subscription>& leaving() const { return subscriptions_->value.leaving; }

  // For guards.
  Revision head_modified() const { return head_->modified; }
  Revision live_modified() const { return live_->modified; }
  Revision subscriptions_modified() const { return subscriptions_->modified; }

  /// The commit that last changed what the subscribers shall have; 0: they shall have nothing yet.
  Revision version() const;

  /// What this node shall have if it subscribes; nothing while nothing was pushed to it.
  std::optional<PushedContent> pushed_to(std::string_view node) const;
  /// What one shall have who subscribes now.
  std::optional<PushedContent> pushed_to_all() const;
  /// The newest revision, pushed or not.
  PushedContent newest() const { return {head().revision, content_->modified, content_}; }
  /// Whether an edit waits for its push to all.
  bool is_unpushed() const;
  /// The contents that subscribers may have, each once.
  std::vector<ContentPart> contents_in_use() const;
  /// The list's place in time for who has this content.
  Revision version_of(const PushedContent& pushed) const {
    return std::max(pushed.pushed, live_->modified);
  }

  /// The instances with live state laid over them, in the order of the content.
  std::vector<model::Instance> live_instances() const { return live_instances(*content_); }
  std::vector<model::Instance> live_instances(const Document<model::StoredContent>& content) const;

  std::optional<model::PushedMark> pushed_mark() const;

  model::Service view() const;
  /// view() as JSON, made at the first call and shared.
  Bytes encoded() const;

  // The parts, for building the next entry.
  const auto& head_part() const { return head_; }
  const auto& content_part() const { return content_; }
  const auto& live_part() const { return live_; }
  const auto& subscriptions_part() const { return subscriptions_; }
  /// Null: nobody pushed by hand.
  const auto& pushes_part() const { return pushes_; }

 private:
  std::shared_ptr<const Document<model::StoredService>> head_;
  ContentPart content_;
  std::shared_ptr<const Document<model::StoredLive>> live_;
  std::shared_ptr<const Document<model::StoredSubscriptions>> subscriptions_;
  std::shared_ptr<const ServicePushes> pushes_;
  mutable std::once_flag encoded_once_;
  mutable Bytes encoded_;
};

/// Takes traffic where these holds stand.
bool is_eligible(const model::InstanceSpec& instance,
                 const std::vector<model::InstanceHolds>& held);
bool has_eligible(const std::vector<model::InstanceSpec>& instances,
                  const std::vector<model::InstanceHolds>& held);

/// The holds of one instance, empty if none stand.
const std::vector<model::Hold>& holds_of(const std::vector<model::InstanceHolds>& held,
                                         const std::string& instance);

}  // namespace reeve::store
