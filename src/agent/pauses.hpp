// How long to wait before trying again: exponential, jittered so that ten thousand agents do not
// come back in one instant, and capped. Pure but for the randomness it is given; one thread.
#pragma once

#include "base/time.hpp"

#include <functional>
#include <utility>

namespace reeve::agent {

/// From 0 up to, not including, 1.
using Randomness = std::function<double()>;

/// Seeded from the system's generator.
Randomness system_randomness();

class Pauses {
 public:
  struct Settings {
    Duration first = std::chrono::seconds(1);
    Duration longest = std::chrono::seconds(20);
  };

  Pauses(Settings settings, Randomness randomness)
      : settings_(settings), randomness_(std::move(randomness)) {}

  /// A quarter to all of first, 2 × first, 4 × first, … longest.
  Duration next();
  /// It worked: the next failure is the first again.
  void reset() { failures_ = 0; }

 private:
  Settings settings_;
  Randomness randomness_;
  int failures_ = 0;
};

}  // namespace reeve::agent
