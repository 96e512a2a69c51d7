// Which Reeve this is. Constants of the build (cmake/version.cmake); any thread.
#pragma once

#include <string_view>

namespace reeve {

/// "0.1.0"
std::string_view version();

/// The day of the last commit, UTC: "2025-11-22".
std::string_view build_date();

}  // namespace reeve
