// Agents that know more than the store, or something else: who is held, and how it ends.
#include "manager/gateway/sessions.hpp"
#include "manager/gateway/testing/connected_sessions.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace reeve::manager {
namespace {

using model::NodeState;
using testing::DesiredState;
using ::testing::HasSubstr;

class SessionsHoldTest : public testing::ConnectedSessions {};

TEST_F(SessionsHoldTest, push_nothing_to_anybody_when_one_agent_is_ahead_of_the_store) {
  state.put_node("web-2");
  state.subscribe("pay", {DesiredState::to_nodes({"web-1", "web-2"})});
  auto other = connect_current("web-2");
  auto pushed = other->specs().size();
  auto agent = connect("web-1");
  agent->says(hello_at("web-1", 1, state.store.head() + 100));
  state.loop.settle();
  state.put_service("pay", {"10.0.0.9"});

  ASSERT_TRUE(agent->welcome());
  EXPECT_FALSE(agent->welcome()->is_current);
  EXPECT_TRUE(agent->specs().empty());
  EXPECT_EQ(other->specs().size(), pushed);
  EXPECT_EQ(state_of("web-1"), NodeState::up);
  EXPECT_TRUE(hold.is_on());
  EXPECT_THAT(hold.current()->why, HasSubstr("web-1"));
  EXPECT_EQ(notice_kinds(), std::vector<std::string>{"manager.hold"});
}

TEST_F(SessionsHoldTest, push_to_all_with_a_higher_epoch_after_resuming) {
  auto agent = connect("web-1");
  agent->says(hello_at("web-1", 4, 1000));
  state.loop.settle();

  EXPECT_EQ(resume(), 5u);
  ASSERT_EQ(agent->specs().size(), 1u);
  EXPECT_TRUE(agent->specs()[0].whole);
  EXPECT_EQ(agent->specs()[0].epoch, 5u);
  EXPECT_EQ(agent->specs()[0].upserts.at(0).list.epoch, 5u);
}

TEST_F(SessionsHoldTest, hold_an_agent_alone_that_is_ahead_of_a_store_that_people_said_is_right) {
  auto agent = connect("web-1");
  agent->says(hello_at("web-1", 1, state.store.head() + 100));
  state.loop.settle();
  EXPECT_EQ(resume(), 2u);
  agent->breaks();
  state.loop.settle();

  auto again = connect("web-1");
  again->says(hello_at("web-1", 9, 1));
  state.loop.settle();

  EXPECT_TRUE(again->specs().empty());
  EXPECT_FALSE(hold.is_on());
  EXPECT_THAT(notice_kinds(), ::testing::Contains("node.ahead"));
}

TEST_F(SessionsHoldTest, hold_when_an_agent_has_other_lists_of_the_stores_version) {
  auto agent = connect("web-1");
  auto hello = hello_at("web-1", 1, state.store.head());
  hello.hello->digest = "another";
  agent->says(hello);
  state.loop.settle();
  EXPECT_TRUE(agent->specs().empty());
  EXPECT_FALSE(hold.is_on());

  link::Message words;
  words.report.emplace();
  words.report->lists.push_back({"uid-of-another", model::ListMark{1, 1}, {}, {}, {}, {}});
  agent->says(words);
  state.loop.settle();
  EXPECT_TRUE(agent->specs().empty());
  EXPECT_TRUE(hold.is_on());
}

TEST_F(SessionsHoldTest,
       send_the_whole_spec_to_an_agent_that_did_not_take_all_of_the_stores_version) {
  auto agent = connect("web-1");
  auto hello = hello_at("web-1", 1, state.store.head());
  hello.hello->digest = "a part";
  agent->says(hello);
  link::Message words;
  words.report.emplace();
  agent->says(words);
  state.loop.settle();

  EXPECT_FALSE(hold.is_on());
  ASSERT_EQ(agent->specs().size(), 1u);
  EXPECT_TRUE(agent->specs()[0].whole);
}

TEST_F(SessionsHoldTest, push_nothing_to_an_agent_with_the_spec_of_another_cluster) {
  auto agent = connect("web-1");
  auto hello = hello_of("web-1");
  hello.hello->cluster = "c2";
  agent->says(hello);
  state.loop.settle();

  EXPECT_TRUE(agent->specs().empty());
  EXPECT_TRUE(hold.is_on());
}

}  // namespace
}  // namespace reeve::manager
