#include "agent/clock_watch.hpp"

#include "async/testing/virtual_loop.hpp"

#include <gtest/gtest.h>

namespace reeve::agent {
namespace {

using namespace std::chrono_literals;

TEST(ClockWatch, tells_when_somebody_sets_the_clock_and_not_when_time_passes) {
  async::testing::VirtualLoop loop;
  std::vector<WallTime> told;
  ClockWatch watch(loop, {}, [&](WallTime now) { told.push_back(now); });
  watch.start();

  loop.advance(10min);
  loop.suspend(3h);
  loop.advance(2min);
  EXPECT_TRUE(told.empty());
  loop.jump_wall(-24h);
  loop.advance(1min);

  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0], loop.clock().wall());
  auto stopped = loop.start(watch.stop(1s));
  loop.settle();
  EXPECT_TRUE(stopped.is_done());
}

}  // namespace
}  // namespace reeve::agent
