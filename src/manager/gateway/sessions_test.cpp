#include "manager/gateway/sessions.hpp"

#include "manager/gateway/testing/connected_sessions.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace reeve::manager {
namespace {

using namespace std::chrono_literals;
using model::NodeState;
using testing::DesiredState;
using testing::FakeAgent;
using ::testing::HasSubstr;

class SessionsTest : public testing::ConnectedSessions {};

TEST_F(SessionsTest, greet_an_agent_and_send_it_the_whole_spec) {
  auto agent = connect("web-1");
  agent->says_hello(uid("web-1"));
  state.loop.settle();

  ASSERT_TRUE(agent->welcome());
  EXPECT_EQ(agent->welcome()->name, "web-1");
  EXPECT_EQ(agent->welcome()->cluster, "c1");
  EXPECT_EQ(agent->welcome()->lease, 15s);
  EXPECT_FALSE(agent->welcome()->is_current);
  ASSERT_EQ(agent->specs().size(), 1u);
  EXPECT_TRUE(agent->specs()[0].whole);
  EXPECT_EQ(agent->specs()[0].version, state.store.head());
  EXPECT_EQ(state_of("web-1"), NodeState::up);

  agent->applies();
  state.loop.settle();
  auto pay = fleet.list(uid("web-1"), uid("pay"));
  EXPECT_EQ(pay.applied, planner.list_of(uid("web-1"), uid("pay"))->mark());
  EXPECT_EQ(fleet.node(uid("web-1")).applied_version, state.store.head());
}

TEST_F(SessionsTest, tell_an_agent_that_comes_back_that_it_is_current) {
  auto first = connect_current("web-1");
  auto digest = digest_of(first);
  first->breaks();
  state.loop.settle();

  auto again = connect("web-1");
  auto hello = hello_of("web-1");
  hello.hello->cluster = "c1";
  hello.hello->epoch = 1;
  hello.hello->version = state.store.head();
  hello.hello->digest = digest;
  again->says(hello);
  state.loop.settle();

  EXPECT_TRUE(again->welcome()->is_current);
  EXPECT_TRUE(again->specs().empty());
}

TEST_F(SessionsTest, send_an_edit_as_a_delta_and_a_lost_subscription_as_a_removal) {
  auto agent = connect_current("web-1");

  state.put_service("pay", {"10.0.0.1", "10.0.0.2"});
  ASSERT_EQ(agent->specs().size(), 2u);
  EXPECT_FALSE(agent->specs()[1].whole);
  EXPECT_EQ(agent->specs()[1].upserts.at(0).list.instances.size(), 2u);
  agent->applies();
  state.loop.settle();

  state.subscribe("pay", {});
  ASSERT_EQ(agent->specs().size(), 3u);
  EXPECT_EQ(agent->specs()[2].removals, std::vector<std::string>{uid("pay")});
  agent->applies();
  state.loop.settle();
  EXPECT_FALSE(fleet.list(uid("web-1"), uid("pay")).applied);
  EXPECT_TRUE(agent->lists().empty());
}

TEST_F(SessionsTest, send_a_slow_agent_the_newest_alone) {
  auto agent = connect_current("web-1");
  state.put_service("pay", {"10.0.0.1"});
  auto sent = agent->specs().size();

  for (int i = 1; i <= 20; ++i) state.put_service("pay", {"10.0.1." + std::to_string(i)});
  state.put_service("cart", {"10.0.0.9"});
  state.subscribe("cart", {DesiredState::to_nodes({"web-1"})});
  EXPECT_EQ(agent->specs().size(), sent);

  agent->applies();
  state.loop.settle();
  ASSERT_EQ(agent->specs().size(), sent + 1);
  EXPECT_EQ(agent->specs().back().upserts.size(), 2u);
  agent->applies();
  state.loop.settle();
  EXPECT_EQ(agent->specs().size(), sent + 1);
  EXPECT_EQ(digest_of(agent), plan_digest(*planner.plan_of(uid("web-1"))));
}

TEST_F(SessionsTest, send_the_whole_spec_to_an_agent_that_ended_up_with_another_and_again_later) {
  auto agent = connect_current("web-1");
  state.put_service("pay", {"10.0.0.7"});
  auto sent = agent->specs().size();
  auto refuse = [&] {
    link::Message message;
    message.applied.emplace();
    message.applied->version = 1;
    message.applied->digest = "something else";
    agent->says(std::move(message));
    state.loop.settle();
  };

  refuse();
  ASSERT_EQ(agent->specs().size(), sent + 1);
  EXPECT_TRUE(agent->specs().back().whole);
  refuse();
  EXPECT_EQ(agent->specs().size(), sent + 1);

  for (int i = 0; i < 7; ++i) {
    beat(agent);
    state.loop.advance(10s);
  }
  ASSERT_EQ(agent->specs().size(), sent + 2);
  EXPECT_TRUE(agent->specs().back().whole);
  agent->applies();
  state.loop.advance(14s);
  beat(agent);
  state.put_service("pay", {"10.0.0.8"});
  EXPECT_FALSE(agent->specs().back().whole);
}

TEST_F(SessionsTest, build_one_frame_for_a_thousand_agents_with_the_same_change) {
  std::vector<std::string> names;
  for (int i = 0; i < 1000; ++i) names.push_back("node-" + std::to_string(i));
  for (const auto& name : names) state.put_node(name);
  state.put_service("wide", {"10.0.0.1"});
  state.subscribe("wide", {DesiredState::to_nodes(names)});
  std::vector<AgentPtr> agents;
  for (const auto& name : names) agents.push_back(connect_current(name));
  auto built = sessions.built_count();

  state.put_service("wide", {"10.0.0.2"});

  EXPECT_EQ(sessions.size(), 1000u);
  EXPECT_EQ(sessions.built_count(), built + 1);
  for (const auto& agent : agents) {
    ASSERT_FALSE(agent->specs().empty());
    EXPECT_EQ(agent->specs().back().upserts.at(0).list.revision, 2u);
  }
}

TEST_F(SessionsTest, declare_a_node_down_when_its_lease_is_over_and_not_before) {
  state.loop.advance(2min);
  auto agent = connect_current("web-1");

  for (int i = 0; i < 10; ++i) {
    state.loop.advance(14s);
    beat(agent);
  }
  EXPECT_EQ(state_of("web-1"), NodeState::up);
  auto last_word = state.loop.clock().wall();

  state.loop.advance(14s);
  EXPECT_EQ(state_of("web-1"), NodeState::up);
  state.loop.advance(3s);
  EXPECT_EQ(state_of("web-1"), NodeState::down);
  EXPECT_EQ(fleet.node(uid("web-1")).last_seen, last_word);
  EXPECT_FALSE(agent->is_open());
  EXPECT_EQ(sessions.size(), 0u);
}

TEST_F(SessionsTest, add_the_time_that_the_manager_was_late_itself_to_leases_and_grace) {
  connect_current("web-1")->breaks();
  state.loop.settle();
  state.loop.be_late(90s);
  EXPECT_EQ(state_of("web-1"), NodeState::up) << "the grace goes on";

  state.loop.advance(70s);
  auto agent = connect_current("web-1");
  state.loop.advance(10s);
  state.loop.be_late(10min);
  EXPECT_EQ(state_of("web-1"), NodeState::up);
  EXPECT_TRUE(agent->is_open());
  state.loop.advance(7s);
  EXPECT_EQ(state_of("web-1"), NodeState::down) << "ten and seven seconds of silence";
}

TEST_F(SessionsTest, keep_a_node_up_that_comes_back_within_its_lease) {
  state.loop.advance(2min);
  auto agent = connect_current("web-1");
  agent->breaks();
  state.loop.advance(10s);
  EXPECT_EQ(state_of("web-1"), NodeState::up);

  auto again = connect_current("web-1");
  state.loop.advance(10s);
  EXPECT_EQ(state_of("web-1"), NodeState::up);
  EXPECT_TRUE(again->is_open());
  state.loop.advance(10s);
  EXPECT_EQ(state_of("web-1"), NodeState::down);
}

TEST_F(SessionsTest, take_a_node_for_down_at_once_when_it_says_goodbye) {
  auto agent = connect_current("web-1");
  link::Message message;
  message.goodbye = link::Goodbye{"unavailable", "the agent is stopping", {}};
  agent->says(std::move(message));
  state.loop.settle();

  EXPECT_EQ(state_of("web-1"), NodeState::down);
  EXPECT_FALSE(agent->is_open());
}

TEST_F(SessionsTest, take_the_goodbye_of_a_stranger_for_nobodys) {
  state.loop.advance(2min);
  connect_current("web-1")->breaks();
  state.loop.settle();
  auto ungreeted = connect("web-1");
  link::Message message;
  message.goodbye = link::Goodbye{"unavailable", "the agent is stopping", {}};
  ungreeted->says(std::move(message));
  state.loop.settle();

  EXPECT_FALSE(ungreeted->is_open());
  EXPECT_EQ(state_of("web-1"), NodeState::up);
  state.loop.advance(17s);
  EXPECT_EQ(state_of("web-1"), NodeState::down) << "its lost connection counts on";
}

TEST_F(SessionsTest, declare_no_node_down_for_a_minute_after_the_start) {
  state.put_node("web-2");  // enrolled now, the other before
  auto agent = connect_current("web-1");
  agent->breaks();

  state.loop.advance(59s);
  EXPECT_EQ(state_of("web-1"), NodeState::up);
  state.loop.advance(3s);
  EXPECT_EQ(state_of("web-1"), NodeState::down);
  EXPECT_EQ(state_of("web-2"), NodeState::never_seen);
}

TEST_F(SessionsTest, refuse_a_second_agent_while_the_first_one_talks) {
  auto first = connect_current("web-1");
  auto second = connect("web-1", "10.1.0.2");
  second->says_hello(uid("web-1"));
  state.loop.settle();

  ASSERT_TRUE(second->goodbye());
  EXPECT_EQ(second->goodbye()->code, "conflict");
  EXPECT_FALSE(second->is_open());
  EXPECT_TRUE(first->is_open());
  EXPECT_EQ(notice_kinds(), std::vector<std::string>{"node.second_connection"});
}

TEST_F(SessionsTest, let_a_newer_connection_replace_one_that_is_silent) {
  auto first = connect_current("web-1");
  state.loop.advance(11s);
  auto second = connect_current("web-1");

  EXPECT_FALSE(first->is_open());
  EXPECT_TRUE(second->is_open());
  EXPECT_TRUE(second->welcome());
  EXPECT_TRUE(notice_kinds().empty());
}

TEST_F(SessionsTest, let_an_agent_come_back_at_once_whatever_became_of_its_last_connection) {
  auto hello = hello_of("web-1");
  hello.hello->instance = "process-1";
  auto first = connect("web-1");
  first->says(hello);
  state.loop.settle();
  auto again = connect("web-1", "10.9.9.9");
  again->says(hello);
  state.loop.settle();

  EXPECT_FALSE(first->is_open());
  EXPECT_TRUE(again->welcome());
  hello.hello->instance = "process-2";
  auto clone = connect("web-1", "10.1.0.3");
  clone->says(hello);
  state.loop.settle();
  EXPECT_EQ(clone->goodbye()->code, "conflict");
  EXPECT_TRUE(again->is_open());
}

TEST_F(SessionsTest, end_a_connection_that_sends_garbage) {
  for (std::string frame :
       {"", "[]", "{\"hello\":17}", "\xff\xfe", "{\"heartbeat\":{},\"report\":{}}"}) {
    auto agent = connect("web-1");
    agent->sends(frame);
    state.loop.settle();
    ASSERT_TRUE(agent->goodbye()) << frame;
    EXPECT_EQ(agent->goodbye()->code, "invalid") << frame;
    EXPECT_FALSE(agent->is_open()) << frame;
  }
  auto agent = connect("web-1");
  agent->sends("{}", net::FrameKind::binary);
  state.loop.settle();
  EXPECT_FALSE(agent->is_open());
  EXPECT_EQ(sessions.garbage_count(), 6u);
}

TEST_F(SessionsTest, take_a_message_of_a_newer_agent_as_a_sign_of_life) {
  state.loop.advance(2min);
  auto agent = connect_current("web-1");
  for (int i = 0; i < 4; ++i) {
    state.loop.advance(10s);
    agent->sends(R"({"upgrade":{"id":1}})");
    state.loop.settle();
  }
  EXPECT_TRUE(agent->is_open());
  EXPECT_EQ(state_of("web-1"), NodeState::up);
}

TEST_F(SessionsTest, refuse_what_is_wrong_with_a_hello) {
  auto other = connect("web-1");
  other->says_hello(uid("web-2"));
  auto too_new = connect("web-1");
  auto hello = hello_of("web-1");
  hello.hello->protocol_min = 7;
  hello.hello->protocol_max = 9;
  too_new->says(hello);
  auto stranger = connect("nobody");
  stranger->says_hello(uid("nobody"));
  auto rude = connect("web-1");
  beat(rude);
  link::Message report;
  report.report.emplace();
  rude->says(report);
  state.loop.settle();

  EXPECT_EQ(other->goodbye()->code, "forbidden");
  EXPECT_EQ(too_new->goodbye()->code, "unsupported");
  EXPECT_THAT(too_new->goodbye()->message, HasSubstr("7 to 9"));
  EXPECT_EQ(stranger->goodbye()->code, "forbidden");
  EXPECT_EQ(rude->goodbye()->code, "invalid");
  EXPECT_EQ(sessions.size(), 0u);
  EXPECT_EQ(state_of("web-1"), NodeState::never_seen);
}

TEST_F(SessionsTest, end_a_connection_that_says_no_hello) {
  auto agent = connect("web-1");
  for (int i = 0; i < 6; ++i) {
    state.loop.advance(2s);
    beat(agent);
  }
  EXPECT_FALSE(agent->is_open());
  EXPECT_EQ(agent->goodbye()->code, "timeout");
}

TEST_F(SessionsTest, say_goodbye_to_a_node_that_is_removed) {
  auto agent = connect_current("web-1");
  state.remove_node("web-1");
  state.loop.settle();

  EXPECT_EQ(agent->goodbye()->code, "forbidden");
  EXPECT_EQ(state_of("web-1"), NodeState::never_seen);
  EXPECT_EQ(sessions.size(), 0u);
}

TEST_F(SessionsTest, say_goodbye_to_all_when_stopping) {
  auto agent = connect_current("web-1");
  auto stopped = state.loop.start(sessions.stop(5s));
  state.loop.settle();

  ASSERT_TRUE(stopped.is_done());
  EXPECT_TRUE(stopped.value());
  EXPECT_EQ(agent->goodbye()->code, "unavailable");
  EXPECT_FALSE(connect("web-1")->is_open());
}

TEST_F(SessionsTest, a_list_that_came_back_and_went_again_at_once_takes_its_files_along) {
  auto agent = connect_current("web-1");
  let_leave();
  state.store.hold_watches();
  state.subscribe("pay", {DesiredState::to_nodes({"web-1"})});
  agent->applies();  // its files are gone
  state.loop.settle();
  state.store.release_watches();
  state.loop.settle();
  ASSERT_FALSE(agent->specs().back().upserts.at(0).list.remove_files);

  let_leave();  // before it has answered

  EXPECT_TRUE(is_leaving());
  link::Message late;
  late.report.emplace();
  late.report->lists.push_back({uid("pay"), {}, {}, {}, true, {}});
  agent->says(late);
  EXPECT_TRUE(is_leaving()) << "that was of the list before";
  agent->applies();
  EXPECT_TRUE(is_leaving());
  ASSERT_TRUE(agent->specs().back().upserts.at(0).list.remove_files);
  agent->applies();
  EXPECT_FALSE(is_leaving());
}

TEST_F(SessionsTest, keep_no_words_about_services_that_are_none_of_the_nodes) {
  auto agent = connect_current("web-1");
  link::Message message;
  message.report.emplace();
  for (int i = 0; i < 1000; ++i) {
    link::ListWord word;
    word.service = "s" + std::to_string(i);
    word.error = "made up";
    message.report->lists.push_back(word);
  }
  message.report->lists.push_back({});
  message.report->lists.back().service = uid("pay");
  message.report->lists.back().error = "read-only file system";

  agent->says(message);
  state.loop.settle();

  EXPECT_EQ(fleet.lists(uid("web-1")).size(), 1u);
  EXPECT_EQ(fleet.list(uid("web-1"), uid("pay")).error, "read-only file system");
}

}  // namespace
}  // namespace reeve::manager
