// The text form of a duration: `1h30m`, `250ms`, `0s`. Pure functions; any thread.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"

#include <string>
#include <string_view>

namespace reeve {

/// Reads whole numbers with units, largest unit first, each at most once: d h m s ms us ns. A sign
/// may lead; "0" needs no unit. Anything else, and more than 292 years, is invalid.
Result<Duration> parse_duration(std::string_view text);

/// The canonical text, from hours down: "36h", "1m30s", "1s500ms", "-5s", "0s". Lossless.
std::string format_duration(Duration duration);

}  // namespace reeve
