// Making the manager's objects what manifests say; shared by `apply` and `service apply`.
#pragma once

#include "cli/command.hpp"
#include "cli/manifest.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace reeve::cli {

/// Adds -f, the other options and the action. `kind`: of every manifest, if the command names it.
void make_apply(Command& command, std::optional<std::string_view> kind);

/// The manifests of a file, or of standard input for "-".
Result<Manifests> read_manifest_file(const std::string& file, std::optional<std::string_view> kind);

/// A faultless prune knows which sets it may delete from.
Result<> check_prune(const Manifests& manifests);

}  // namespace reeve::cli
