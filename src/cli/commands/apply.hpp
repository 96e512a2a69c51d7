// Making the manager's objects what manifests say; shared by `apply` and `service apply`.
#pragma once

#include "cli/command.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace reeve::cli {

/// Adds -f and --force and the action. `kind`: of every manifest, if the command names it.
void make_apply(Command& command, std::optional<std::string_view> kind);

}  // namespace reeve::cli
