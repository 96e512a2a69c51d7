#include "manager/gateway/deadlines.hpp"

#include <gtest/gtest.h>

#include <string>

namespace reeve::manager {
namespace {

using namespace std::chrono_literals;
using Keys = std::vector<std::string>;

TEST(Deadlines, expire_in_the_order_of_the_last_touch) {
  Deadlines<std::string> deadlines(10s);
  Instant start{1h};
  deadlines.touch("a", start);
  deadlines.touch("b", start + 1s);
  deadlines.touch("a", start + 2s);

  EXPECT_TRUE(deadlines.take_expired(start + 10s).empty());
  EXPECT_EQ(deadlines.take_expired(start + 11s), Keys{"b"});
  EXPECT_EQ(deadlines.take_expired(start + 12s), Keys{"a"});
  EXPECT_FALSE(deadlines.contains("a"));
}

TEST(Deadlines, postponing_gives_more_time_to_those_that_stand_alone) {
  Deadlines<std::string> deadlines(10s);
  Instant start{1h};
  deadlines.touch("a", start);
  deadlines.postpone(5s);
  deadlines.touch("b", start + 1s);

  EXPECT_TRUE(deadlines.take_expired(start + 10s).empty());
  deadlines.remove("b");
  EXPECT_EQ(deadlines.take_expired(start + 15s), Keys{"a"});
}

}  // namespace
}  // namespace reeve::manager
