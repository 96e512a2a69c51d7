// The name of an object that stands in the path, and may stand in the body too. Pure; any thread.
#pragma once

#include "base/result.hpp"

#include <optional>
#include <string>

namespace reeve::manager::api {

/// Names may differ in case from the path's: those are the same name.
Result<> check_names(const std::string& in_path, const std::optional<std::string>& in_body);

}  // namespace reeve::manager::api
