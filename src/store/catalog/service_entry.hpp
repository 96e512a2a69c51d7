// One service in the catalog: its stored parts put together, with what is worked out from them once
// and shared by all readers. Immutable; any thread.
#pragma once

#include "model/list.hpp"
#include "model/service.hpp"
#include "store/store.hpp"

#include <memory>
#include <mutex>
#include <string>

namespace reeve::store {

/// A stored document and the commit that last wrote it; 0: never written.
template <class T>
struct Document {
  T value;
  Revision modified = 0;
};

class ServiceEntry {
 public:
  ServiceEntry(std::shared_ptr<const Document<model::StoredService>> head,
               std::shared_ptr<const Document<model::StoredContent>> content,
               std::shared_ptr<const Document<model::StoredLive>> live,
               std::shared_ptr<const Document<model::StoredSubscriptions>> subscriptions);

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

  /// The commit that last changed what the subscribers shall have.
  Revision version() const { return std::max(head_->modified, live_->modified); }

  /// The instances with live state laid over them, in the order of the content.
  std::vector<model::Instance> live_instances() const;
  std::size_t eligible_count() const;

  model::Service view() const;
  /// view() as JSON, made at the first call and shared.
  Bytes encoded() const;

  // The parts, for building the next entry.
  const auto& head_part() const { return head_; }
  const auto& content_part() const { return content_; }
  const auto& live_part() const { return live_; }
  const auto& subscriptions_part() const { return subscriptions_; }

 private:
  std::shared_ptr<const Document<model::StoredService>> head_;
  std::shared_ptr<const Document<model::StoredContent>> content_;
  std::shared_ptr<const Document<model::StoredLive>> live_;
  std::shared_ptr<const Document<model::StoredSubscriptions>> subscriptions_;
  mutable std::once_flag encoded_once_;
  mutable Bytes encoded_;
};

/// The holds of one instance, empty if none stand.
const std::vector<model::Hold>& holds_of(const std::vector<model::InstanceHolds>& held,
                                         const std::string& instance);

}  // namespace reeve::store
