// "Did you mean …": the known name that a mistyped one is close to. Pure; any thread.
#pragma once

#include <span>
#include <string_view>

namespace reeve::json {

/// The closest of the names, "" where none is within a third of the letters (Levenshtein, case and
/// `-` for `_` overlooked).
std::string_view nearest(std::string_view given, std::span<const std::string_view> names);

}  // namespace reeve::json
