// A day of a fleet in virtual time. REEVE_SIM_SEED chooses the first day, REEVE_SIM_ROUNDS how many
// follow on it, each with the next seed.
#include "sim/day.hpp"

#include "base/log.hpp"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <string>

namespace reeve::sim {
namespace {

std::uint64_t setting(const char* name, std::uint64_t fallback) {
  const char* text = std::getenv(name);
  return text ? std::stoull(text) : fallback;
}

TEST(Day, ends_with_the_newest_list_on_every_node_whatever_happens) {
  // Trouble is what it is made of: each piece of it would be a line.
  log::set_up(log::Level::error, log::Format::text);
  auto first = setting("REEVE_SIM_SEED", 1);
  auto rounds = setting("REEVE_SIM_ROUNDS", 1);
  for (auto seed = first; seed < first + rounds; ++seed) {
    Day day(seed);
    day.run();
    // Not buffered: it says how far a long run is.
    fmt::print(stderr, "seed {}: {}\n", seed, day.witness().summary());
    for (const auto& complaint : day.witness().complaints())
      ADD_FAILURE() << complaint << " (REEVE_SIM_SEED=" << seed << ")";
  }
}

}  // namespace
}  // namespace reeve::sim
