#include "sys/clock.hpp"

#include <time.h>

#include <chrono>

namespace reeve::sys {
namespace {

Duration read(clockid_t id) {
  timespec at{};
  clock_gettime(id, &at);
  return std::chrono::seconds(at.tv_sec) + std::chrono::nanoseconds(at.tv_nsec);
}

constexpr Duration kNoise = std::chrono::milliseconds(50);

Duration above_noise(Duration value) {
  return std::chrono::abs(value) < kNoise ? Duration{} : value;
}

}  // namespace

Instant SystemClock::now() const { return Instant(read(CLOCK_MONOTONIC)); }
WallTime SystemClock::wall() const { return WallTime(read(CLOCK_REALTIME)); }
BootInstant SystemClock::boot() const { return BootInstant(read(CLOCK_BOOTTIME)); }

ClockComparison::ClockComparison(const Clock& clock)
    : clock_(clock), now_(clock.now()), wall_(clock.wall()), boot_(clock.boot()) {}

ClockEvent ClockComparison::since_last() {
  auto now = clock_.now();
  auto wall = clock_.wall();
  auto boot = clock_.boot();
  Duration ran = now - now_;
  Duration slept = (boot - boot_) - ran;
  ClockEvent event{above_noise((wall - wall_) - ran - slept), above_noise(slept)};
  // Below the noise nothing is forgotten: a slow drift adds up until it counts.
  if (event.wall_jump != Duration{} || event.suspended != Duration{}) {
    now_ = now;
    wall_ = wall;
    boot_ = boot;
  }
  return event;
}

}  // namespace reeve::sys
