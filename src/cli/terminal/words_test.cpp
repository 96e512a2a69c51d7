#include "cli/terminal/words.hpp"

#include <gtest/gtest.h>

namespace reeve::cli {
namespace {

using namespace std::chrono_literals;

TEST(Words, say_how_long_ago_in_one_unit) {
  WallTime now(1000h);

  EXPECT_EQ(relative(now, now), "just now");
  EXPECT_EQ(relative(now - 12s, now), "12s ago");
  EXPECT_EQ(relative(now - 190s, now), "3m ago");
  EXPECT_EQ(relative(now - 47h, now), "47h ago");
  EXPECT_EQ(relative(now - 49h, now), "2d ago");
  EXPECT_EQ(relative(now + 24h, now), "in 24h");
  EXPECT_EQ(rough_length(24h * 700), "700d");
  EXPECT_EQ(rough_length(24h * 365 * 56), "56y");
}

TEST(Words, show_nothing_as_a_dash) {
  EXPECT_EQ(relative(std::optional<WallTime>(), WallTime()), "-");
  EXPECT_EQ(labels_text({}), "-");
}

TEST(Words, put_labels_in_one_cell) {
  EXPECT_EQ(labels_text({{"idc", "bj"}, {"rack", "7"}}), "idc=bj rack=7");
}

TEST(Words, count_with_the_right_plural) {
  EXPECT_EQ(counted(1, "node"), "1 node");
  EXPECT_EQ(counted(0, "node"), "0 nodes");
}

}  // namespace
}  // namespace reeve::cli
