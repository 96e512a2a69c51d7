// The text form of an instant: RFC 3339 in UTC, `2026-01-02T03:04:05.678Z`. Pure functions; any
// thread.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"

#include <string>
#include <string_view>

namespace reeve {

/// Reads RFC 3339 with any offset and up to 9 digits of a second's fraction, from 1678 to 2261.
Result<WallTime> parse_time(std::string_view text);

/// Always UTC and at least milliseconds; 6 or 9 digits where the instant has them. Lossless.
std::string format_time(WallTime time);

}  // namespace reeve
