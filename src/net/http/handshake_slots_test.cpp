#include "net/http/handshake_slots.hpp"

#include <gtest/gtest.h>

namespace reeve::net {
namespace {

int begin_all(HandshakeSlots& slots, const std::string& origin) {
  int begun = 0;
  for (; slots.may_begin(origin); ++begun) slots.begin(origin);
  return begun;
}

TEST(HandshakeSlots, leave_a_quarter_to_others_however_much_one_wants) {
  HandshakeSlots slots(64);

  EXPECT_EQ(begin_all(slots, "10.0.0.1"), 48);
  EXPECT_EQ(begin_all(slots, "10.0.0.2"), 16);
  EXPECT_FALSE(slots.has_free());
}

TEST(HandshakeSlots, give_what_is_freed_to_who_has_less_than_a_quarter) {
  HandshakeSlots slots(64);
  begin_all(slots, "10.0.0.1");
  for (int i = 0; i < 10; ++i) slots.begin("10.0.0.2");

  slots.end("10.0.0.1");

  EXPECT_FALSE(slots.may_begin("10.0.0.1"));
  EXPECT_TRUE(slots.may_begin("10.0.0.2"));
  EXPECT_TRUE(slots.may_begin("10.0.0.3"));
}

TEST(HandshakeSlots, forget_who_has_none) {
  HandshakeSlots slots(4);
  ASSERT_EQ(begin_all(slots, "10.0.0.1"), 3);
  for (int i = 0; i < 3; ++i) slots.end("10.0.0.1");

  EXPECT_EQ(begin_all(slots, "10.0.0.2"), 3);
}

TEST(HandshakeSlots, are_for_everyone_where_there_is_but_one) {
  HandshakeSlots slots(1);

  EXPECT_EQ(begin_all(slots, "10.0.0.1"), 1);
  slots.end("10.0.0.1");
  EXPECT_EQ(begin_all(slots, "10.0.0.2"), 1);
}

TEST(HandshakeSlots, count_an_ipv6_network_as_one_and_neighbours_by_themselves) {
  EXPECT_EQ(origin_of({"10.0.0.1", 7}), "10.0.0.1");
  EXPECT_EQ(origin_of({"2001:db8:1:2:3:4:5:6", 7}), "2001:db8:1:2::");
  EXPECT_EQ(origin_of({"2001:db8:1:2::1", 8}), "2001:db8:1:2::");
  EXPECT_NE(origin_of({"2001:db8:1:3::1", 8}), "2001:db8:1:2::");
  EXPECT_EQ(origin_of({"fe80::1", 7}), "fe80::1");
}

}  // namespace
}  // namespace reeve::net
