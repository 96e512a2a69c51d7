// What an audit entry shows of a change: the fields that differ, and of long ones as much as fits.
// Pure functions; any thread.
#pragma once

#include "json/json.hpp"

#include <cstddef>

namespace reeve::manager {

/// The most text of each side of an entry.
inline constexpr std::size_t kMostAuditText = 32 * 1024;

/// Takes out of both documents what is the same in them; of instances, which are known by ip and
/// port, those that are the same. Where one side is null the other stays whole.
void keep_differences(json::Value& before, json::Value& after);

/// As much of the document as fits; what was cut says `"truncated": true`.
json::Value bounded(json::Value document, std::size_t most = kMostAuditText);

}  // namespace reeve::manager
