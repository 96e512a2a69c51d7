// What the API lets people do with a kernel service: administrators see it and edit who subscribes
// to it; everything else follows the nodes (manager/kernel_services.hpp). For all others it is not
// there. Pure functions; any thread.
#pragma once

#include "manager/api/context.hpp"
#include "manager/service_edit.hpp"

#include <memory>
#include <vector>

namespace reeve::manager::api {

bool may_see(const Caller& caller, const store::ServiceEntry& service);

/// Those that the caller may not see.
std::vector<std::shared_ptr<const store::ServiceEntry>> hidden_services(
    const Caller& caller, const store::Snapshot& snapshot);

/// `forbidden` where `wanted` is another kernel service in more than its subscriptions.
Result<> check_editable(const store::ServiceEntry& before, const ServiceParts& wanted);

/// `forbidden` for a push by hand of a kernel service.
Result<> check_pushable(const store::ServiceEntry& service);

Result<> check_deletable(const store::ServiceEntry& service);

}  // namespace reeve::manager::api
