#include "sys/build_time.hpp"

#include "sys/clock.hpp"

#include <gtest/gtest.h>

namespace reeve::sys {
namespace {

using namespace std::chrono_literals;

TEST(BuildTime, is_behind_a_clock_that_is_right) {
  EXPECT_LE(build_time(), SystemClock().wall());
  EXPECT_EQ(plausible(build_time() + 5s), build_time() + 5s);
}

TEST(BuildTime, stands_in_for_a_clock_that_woke_in_1970) {
  EXPECT_EQ(plausible(WallTime(10s)), build_time());
  EXPECT_EQ(plausible(WallTime(10s), WallTime(1h)), WallTime(1h));
}

}  // namespace
}  // namespace reeve::sys
