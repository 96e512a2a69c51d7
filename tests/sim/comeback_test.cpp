// A manager that comes back to 200 machines, in virtual time. REEVE_SIM_SEED chooses the fleet,
// REEVE_SIM_AWAY_HOURS how long it is away while there is trouble.
#include "sim/comeback.hpp"

#include "base/log.hpp"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

namespace reeve::sim {
namespace {

using namespace std::chrono_literals;

class ComebackTest : public ::testing::Test {
 protected:
  ComebackTest() {
    // Trouble is what it is made of: each piece of it would be a line.
    log::set_up(log::Level::error, log::Format::text);
    const char* seed = std::getenv("REEVE_SIM_SEED");
    comeback.emplace(seed ? std::stoull(seed) : 1);
  }
  ~ComebackTest() override {
    fmt::print("{}\n", comeback->witness().summary());
    for (const auto& complaint : comeback->witness().complaints()) ADD_FAILURE() << complaint;
  }

  std::optional<Comeback> comeback;
};

TEST_F(ComebackTest, soon_or_late_finds_everybody_with_what_they_had_and_brings_the_newest) {
  for (Duration absence : {Duration(1s), Duration(1min), Duration(1h)}) comeback->after(absence);
}

TEST_F(ComebackTest, after_trouble_finds_no_file_older_and_none_changed_by_hand) {
  const char* hours = std::getenv("REEVE_SIM_AWAY_HOURS");
  comeback->after_trouble(std::chrono::hours(hours ? std::stol(hours) : 1));
}

TEST_F(ComebackTest, with_an_old_copy_of_the_store_pushes_nothing_until_it_is_resumed) {
  comeback->with_an_old_copy();
}

TEST_F(ComebackTest, with_an_empty_store_takes_nothing_from_anybody) {
  comeback->with_an_empty_store();
}

}  // namespace
}  // namespace reeve::sim
