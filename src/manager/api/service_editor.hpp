// Carries an edit of one service out: waits for its turn, decides on the newest state, commits, and
// decides anew when somebody else was first. Domain loop.
#pragma once

#include "manager/api/context.hpp"
#include "manager/api/precondition.hpp"
#include "manager/service_edit.hpp"

#include <functional>

namespace reeve::manager::api {

using ServicePtr = std::shared_ptr<const store::ServiceEntry>;

/// Null if there is none of that name, whatever its case.
ServicePtr service_named(const store::Snapshot& snapshot, const std::string& name);
/// `not_found` with the name in it; of a kernel service too, for all but administrators.
Result<ServicePtr> find_service(const Call& call, const store::Snapshot& snapshot,
                                const std::string& name);

struct ServiceChange {
  std::string name;  // as in the path
  Precondition precondition;
  EditTerms terms;
  /// What the service shall be, from what it is (null: not there). Called again after a conflict.
  std::function<Result<ServiceParts>(const store::ServiceEntry*)> decide;
};

struct ServiceOutcome {
  ServicePtr service;
  bool is_new = false;
};

/// Domain loop; the call's context and request must outlive it.
Task<Result<ServiceOutcome>> edit_service(Call call, ServiceChange change);

}  // namespace reeve::manager::api
