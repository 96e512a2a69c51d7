#include "link/versions.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace reeve::link {
namespace {

using testing::HasSubstr;

Hello speaking(std::uint32_t low, std::uint32_t high) {
  Hello hello;
  hello.agent_version = "9.9.9";
  hello.protocol_min = low;
  hello.protocol_max = high;
  return hello;
}

TEST(LinkVersions, takes_the_highest_that_both_speak) {
  EXPECT_EQ(*choose_protocol(speaking(kOldestProtocol, kProtocol)), kProtocol);
  EXPECT_EQ(*choose_protocol(speaking(0, kProtocol + 2)), kProtocol);
  EXPECT_EQ(*choose_protocol(speaking(0, kOldestProtocol)), kOldestProtocol);
}

TEST(LinkVersions, names_both_versions_and_the_older_side_when_nothing_is_common) {
  auto newer = choose_protocol(speaking(kProtocol + 1, kProtocol + 2));
  ASSERT_FALSE(newer);
  EXPECT_EQ(newer.error().code, Errc::unsupported);
  EXPECT_THAT(newer.error().what, HasSubstr("agent \"9.9.9\" speaks link protocols 2 to 3"));
  EXPECT_THAT(newer.error().what, HasSubstr("upgrade the manager"));

  auto older = choose_protocol(speaking(0, kOldestProtocol - 1));
  EXPECT_THAT(older.error().what, HasSubstr("upgrade the agent"));
}

TEST(LinkVersions, refuses_a_range_upside_down) {
  EXPECT_THAT(choose_protocol(speaking(3, 1)).error().what, HasSubstr("no range"));
}

}  // namespace
}  // namespace reeve::link
