// Operations as they lie in the store, and their results. Pure; any thread.
#pragma once

#include "model/record.hpp"
#include "store/catalog/catalog.hpp"
#include "store/store.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace reeve::manager::api {

/// What people read of ten thousand results fits; what agents said, at length, of each may not.
store::Write write_of(const model::Operation& operation);

/// Of a result that ran; counts it.
void set_result(model::Operation& operation, std::size_t at, model::OperationState state,
                std::optional<std::string> error);

/// As somebody ended it now: what ran is cancelled.
model::Operation cancelled(model::Operation operation, WallTime now);

/// The oldest go where there are too many; not those that run.
std::vector<store::Write> removals_of_oldest(
    const store::Snapshot& snapshot, const std::function<bool(const std::string& uid)>& runs);

}  // namespace reeve::manager::api
