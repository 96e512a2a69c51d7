#include "manager/rate_limit.hpp"

#include <gtest/gtest.h>

namespace reeve::manager {
namespace {

using namespace std::chrono_literals;

TEST(RateLimit, allows_so_many_of_a_key_and_so_many_of_all_in_a_window) {
  RateLimit limit({.each = 2, .all = 3, .window = 1min});
  Instant now{1h};

  EXPECT_TRUE(limit.allow("a", now));
  EXPECT_TRUE(limit.allow("a", now));
  EXPECT_FALSE(limit.allow("a", now));
  EXPECT_TRUE(limit.allow("b", now));
  EXPECT_FALSE(limit.allow("c", now));
  EXPECT_TRUE(limit.allow("a", now + 1min));
}

}  // namespace
}  // namespace reeve::manager
