// The three clocks of the machine, and what can befall them. Everything that needs to know the time
// is handed a Clock, so that tests run in virtual time; nothing else in the tree reads a clock.
#pragma once

#include "base/time.hpp"

namespace reeve::sys {

/// Reads may come from any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant now() const = 0;
  virtual WallTime wall() const = 0;
  virtual BootInstant boot() const = 0;
};

/// The machine's own clocks.
class SystemClock final : public Clock {
 public:
  Instant now() const override;
  WallTime wall() const override;
  BootInstant boot() const override;
};

/// Something happened to the clocks; both may be non-zero after a resume.
struct ClockEvent {
  Duration wall_jump{};  // by how much wall time moved beyond the monotonic clock's own progress
  Duration suspended{};  // how long the machine slept
};

/// Finds jumps and suspends by comparing the clocks' progress with each other. A pure calculation:
/// the caller decides when to look.
class ClockComparison {
 public:
  explicit ClockComparison(const Clock& clock);

  /// What happened since the last call; zeros below the noise of 50 ms.
  ClockEvent since_last();

 private:
  const Clock& clock_;
  Instant now_;
  WallTime wall_;
  BootInstant boot_;
};

}  // namespace reeve::sys
