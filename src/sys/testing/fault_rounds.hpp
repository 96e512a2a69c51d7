// How often a test that draws its faults at random does so: few in the daily run, as many as
// REEVE_FAULT_ROUNDS says where somebody wants to know (tests/faults/run). The test's thread.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace reeve::sys::testing {

/// Calls `act(seed)` with 1, 2 and so on, up to the first round that fails. Says how far it is
/// where somebody asked for rounds.
template <class Act>
void each_fault_round(std::uint64_t few, Act act) {
  const char* asked = std::getenv("REEVE_FAULT_ROUNDS");
  auto rounds = asked ? std::stoull(asked) : few;
  for (std::uint64_t seed = 1; seed <= rounds && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    act(seed);
    if (asked)
      std::fprintf(stderr, "round %ju of %ju\n", std::uintmax_t{seed}, std::uintmax_t{rounds});
  }
}

}  // namespace reeve::sys::testing
