// The time types of the whole system. Reading a clock is src/sys/clock's alone.
#pragma once

#include <chrono>

namespace reeve {

using Duration = std::chrono::nanoseconds;

/// Civil time, UTC. May jump either way when somebody sets the clock.
using WallTime = std::chrono::sys_time<Duration>;

namespace detail {
struct MonotonicTag {
  using rep = Duration::rep;
  using period = Duration::period;
  using duration = Duration;
  static constexpr bool is_steady = true;
};
struct BootTag : MonotonicTag {};
}  // namespace detail

/// Never jumps; stands still while the machine is suspended. For time-outs and intervals.
using Instant = std::chrono::time_point<detail::MonotonicTag, Duration>;

/// Never jumps; counts suspended time too. For "how long ago, really".
using BootInstant = std::chrono::time_point<detail::BootTag, Duration>;

}  // namespace reeve
