// The keeper's clocks, in nanoseconds. The static binary has no other; pure code gets its times
// handed in. Any thread.
#pragma once

#include <cstdint>

namespace reeve::keeper {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kMillisecond = 1'000'000;

/// Never jumps, the same for every process of one boot: deadlines in the table outlive a keeper.
std::int64_t monotonic_now();

/// Civil time since 1970.
std::int64_t wall_now();

}  // namespace reeve::keeper
