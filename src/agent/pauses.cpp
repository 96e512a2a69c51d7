#include "agent/pauses.hpp"

#include "net/digest.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <random>

namespace reeve::agent {

Randomness system_randomness() {
  std::uint64_t seed = 0;
  auto bytes = net::random_bytes(sizeof seed);
  std::memcpy(&seed, bytes.data(), sizeof seed);
  return [engine = std::mt19937_64(seed)]() mutable {
    return std::uniform_real_distribution<double>(0.0, 1.0)(engine);
  };
}

Duration Pauses::next() {
  constexpr int kEnough = 30;  // doublings; keeps the shift in range
  auto full = settings_.first * (std::int64_t{1} << std::min(failures_, kEnough));
  full = std::min(full, settings_.longest);
  ++failures_;
  auto share = 0.25 + 0.75 * randomness_();
  return std::chrono::duration_cast<Duration>(full * share);
}

}  // namespace reeve::agent
