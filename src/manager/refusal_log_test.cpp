#include "manager/refusal_log.hpp"

#include "manager/testing/desired_state.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace reeve::manager {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class RefusalLogTest : public ::testing::Test {
 protected:
  RefusalLogTest() { state.start(); }

  void turn_away(const std::string& why, const std::string& from = "10.1.0.1",
                 Errc code = Errc::forbidden, const std::string& node = "") {
    refusals.note({"link.connect", "link", from, "r1", why, code, node});
    state.loop.settle();
  }
  std::vector<std::string> audit() {
    std::vector<std::string> whys;
    auto snapshot = state.catalog.snapshot();
    for (const auto& item : snapshot->audit) whys.push_back(item.value->index.why);
    return whys;
  }

  testing::DesiredState state;
  Editor editor{state.loop.clock(), state.store, state.catalog};
  RefusalLog refusals{state.loop, editor};
};

TEST_F(RefusalLogTest, tells_each_kind_of_reason_of_each_address_and_proven_node_once) {
  turn_away("removed");
  turn_away("removed");
  turn_away("removed", "10.1.0.2");
  turn_away("not known", "10.1.0.1", Errc::unauthenticated);
  turn_away("removed", "10.1.0.1", Errc::forbidden, "u1");
  turn_away("removed", "10.1.0.1", Errc::forbidden, "u2");
  turn_away("removed", "10.1.0.1", Errc::forbidden, "u1");

  EXPECT_EQ(audit().size(), 5u);
}

TEST_F(RefusalLogTest, what_a_stranger_chooses_himself_makes_no_entry_of_its_own) {
  for (int i = 0; i < 24 * 60; ++i) {
    turn_away("a node named \"web-" + std::to_string(i) + "\" is enrolled");
    state.loop.advance(1min);
  }

  EXPECT_EQ(audit().size(), 24u);
}

TEST_F(RefusalLogTest, a_month_of_an_agent_that_never_gives_up_is_an_entry_an_hour) {
  for (int minute = 0; minute < 30 * 24 * 60; ++minute) {
    turn_away("removed");
    state.loop.advance(1min);
  }

  EXPECT_EQ(audit().size(), 30u * 24u);
  EXPECT_EQ(std::ranges::count(audit(), "removed"), 1);
  EXPECT_THAT(audit(),
              ::testing::Contains("removed (and 59 times more since 2026-01-01T00:01:00.000Z)"));
}

TEST_F(RefusalLogTest, is_bounded_whatever_is_tried) {
  for (int i = 0; i < 500; ++i) turn_away("x", "10.1.0.1", Errc::forbidden, std::to_string(i));
  EXPECT_EQ(audit().size(), 10u);
  for (int i = 0; i < 500; ++i) turn_away("x", "10.1.0." + std::to_string(i));
  EXPECT_EQ(audit().size(), 60u);
}

}  // namespace
}  // namespace reeve::manager
