// How a service changes: from what it is and what it shall be to the guards, the writes and the
// audit text of one commit. The pure part; api/service_editor.hpp carries it out.
#pragma once

#include "manager/editor.hpp"
#include "store/catalog/service_entry.hpp"

#include <memory>
#include <optional>
#include <string>

namespace reeve::manager {

/// A service's stored parts, to be edited. `revision` and `modified` are plan_service()'s to set.
struct ServiceParts {
  model::StoredService head;
  model::StoredContent content;
  model::StoredLive live;
  model::StoredSubscriptions subscriptions;
};

ServiceParts parts_of(const store::ServiceEntry& entry);

/// `status` asked for an instance: sets or clears the operator's hold, and no other.
void set_status(ServiceParts& parts, const std::string& instance, model::Status status,
                const std::string& who, WallTime now);

/// What an edit needs to know beyond the parts.
struct EditTerms {
  std::string action;  // "service.put"
  WallTime now{};
  bool force = false;  // a list without an eligible instance is meant
  std::string who{};   // makes the revision
};

/// The edit that leads from `before` (null: a new service) to `after`; nothing where they are the
/// same. `would_be_empty` where a list that subscribers have would be left without an eligible
/// instance. An edit of a service that pushes by itself ends what was pushed by hand.
Result<std::optional<Edit>> plan_service(const store::ServiceEntry* before, ServiceParts after,
                                         const EditTerms& terms);

/// The edit that removes the service and everything of it.
Edit plan_removal(const store::ServiceEntry& service);

}  // namespace reeve::manager
