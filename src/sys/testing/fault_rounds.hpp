// How often a test that draws its faults at random does so: few in the daily run, as many as
// REEVE_FAULT_ROUNDS says where somebody wants to know. Any thread.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <string>

namespace reeve::sys::testing {

inline std::uint64_t fault_rounds(std::uint64_t few) {
  const char* text = std::getenv("REEVE_FAULT_ROUNDS");
  return text ? std::stoull(text) : few;
}

}  // namespace reeve::sys::testing
