#include "manager/uid.hpp"

#include <gtest/gtest.h>

namespace reeve::manager {
namespace {

using namespace std::chrono_literals;

const WallTime kNow = std::chrono::sys_days(std::chrono::year(2026) / 6 / 1);

TEST(Uid, rises_when_the_clock_is_set_back_or_stands) {
  auto first = new_uid(kNow);
  auto second = new_uid(kNow - 24h * 365);
  auto third = new_uid(kNow - 24h * 365);
  EXPECT_LT(first, second);
  EXPECT_LT(second, third);
  EXPECT_EQ(third.size(), 32u);
}

TEST(Uid, is_above_what_an_earlier_process_made_under_a_clock_that_was_ahead) {
  // 2055
  constexpr const char* kAhead = "25489d7ee1570000ffffffffffffffff";
  auto before = new_uid(kNow);
  ASSERT_LT(before, kAhead);
  make_uids_above(kAhead);
  EXPECT_GT(new_uid(kNow), kAhead);
}

TEST(Uid, what_is_none_uses_up_no_time) {
  auto before = new_uid(kNow);
  for (const char* none : {"", "web-1", "ffffffffffffffffffffffffffffffff", "25489d7ee157"})
    make_uids_above(none);
  EXPECT_EQ(new_uid(kNow).substr(0, 4), before.substr(0, 4));
}

}  // namespace
}  // namespace reeve::manager
