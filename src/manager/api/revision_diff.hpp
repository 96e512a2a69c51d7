// What differs between two contents of a service, by instance. Pure; any thread.
#pragma once

#include "manager/api/types.hpp"
#include "model/service.hpp"

namespace reeve::manager::api {

/// Fills in `same`, `description` and the instances. `from` may be null: nothing is there.
/// `description` is what a content without one has.
void describe_difference(const model::StoredContent* from, const model::StoredContent& to,
                         const std::string& description, RevisionDiff& diff);

}  // namespace reeve::manager::api
