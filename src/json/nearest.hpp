// "Did you mean …": the known name that a mistyped one is close to. Pure; any thread.
#pragma once

#include <span>
#include <string_view>

namespace reeve::json {

/// The closest of the names, "" where none is within a third of the letters. A swap of neighbours
/// counts as one letter; case, and `-` for `_`, are overlooked.
std::string_view nearest(std::string_view given, std::span<const std::string_view> names);

}  // namespace reeve::json
