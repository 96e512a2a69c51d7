// What time it is at least: no machine runs a program before it was built. A machine whose clock
// says otherwise has woken without one (a flat battery: 1970); it is told so, and what depends on
// the time goes on with the better guess. Pure; any thread.
#pragma once

#include "base/time.hpp"

namespace reeve::sys {

/// The start of the day that this program's sources are of.
WallTime build_time();

/// `now`, or `floor` where the clock is behind it.
constexpr WallTime plausible(WallTime now, WallTime floor) { return now < floor ? floor : now; }
inline WallTime plausible(WallTime now) { return plausible(now, build_time()); }

}  // namespace reeve::sys
