// Names of nouns: what they may look like, and when two are the same.
#pragma once

#include "json/path.hpp"

#include <string>
#include <string_view>

namespace reeve::model {

/// `[A-Za-z0-9][A-Za-z0-9._-]{0,62}`
bool is_name(std::string_view text);

inline constexpr std::string_view kNamePattern = "^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$";

/// Notes a fault unless `text` is a name.
void check_name(std::string_view text, json::Faults& faults, const json::Path& path);

/// A pattern of names: what a name may hold, `*` for any text, `?` for one character.
bool is_name_pattern(std::string_view text);
/// Ignoring case, as names are.
bool matches_pattern(std::string_view pattern, std::string_view name);

/// Names are unique ignoring case: equal names fold to the same key.
std::string fold(std::string_view name);

}  // namespace reeve::model
