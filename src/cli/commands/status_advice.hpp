// What is not as it should be, in sentences that say what to do. Pure functions; any thread.
#pragma once

#include "manager/api/types.hpp"

#include <string>
#include <vector>

namespace reeve::cli {

/// One line for each; none if all is well. `program` is how the user calls this one.
std::vector<std::string> advice(const manager::api::Status& status, const std::string& program);

/// "web-1, web-2 and 3 more": of `count` names the first few.
std::string first_names(const std::vector<std::string>& names, std::uint64_t count);

}  // namespace reeve::cli
