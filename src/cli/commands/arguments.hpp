// What several commands read from their arguments in the same way. Pure functions; any thread.
#pragma once

#include "base/result.hpp"
#include "json/json.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace reeve::cli {

/// "idc=bj" as key and value.
Result<std::map<std::string, std::string>> parse_pairs(const std::vector<std::string>& texts);

/// Labels to set ("idc=bj") and to remove ("idc-"), as a merge patch.
Result<json::Object> parse_label_edits(const std::vector<std::string>& texts);

json::Value pairs_value(const std::map<std::string, std::string>& pairs);

}  // namespace reeve::cli
