// The revisions of a service that are kept, read from where they are: the newest and those that
// were pushed lie in the catalog, the others in the store alone. Domain loop.
#pragma once

#include "manager/api/push_edit.hpp"
#include "manager/api/service_editor.hpp"

namespace reeve::manager::api {

/// `not_found` at the field where it was asked for; it says which are kept.
Task<Result<KeptRevision>> read_revision(Call call, ServicePtr service, std::uint64_t revision,
                                         std::string field = "/revision");

/// Rising; never empty.
std::vector<std::uint64_t> kept_revisions(const store::ServiceEntry& service,
                                          const store::Snapshot& snapshot);

}  // namespace reeve::manager::api
