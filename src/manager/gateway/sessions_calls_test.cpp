// Calls to connected agents: deadlines, cancels, streams that a slow reader holds up alone; and
// what one agent may cost.
#include "link/piece.hpp"
#include "manager/gateway/testing/sessions_fixture.hpp"

#include <gmock/gmock.h>

#include <algorithm>

namespace reeve::manager {
namespace {

using namespace std::chrono_literals;
using testing::FakeAgent;
using ::testing::HasSubstr;
using AgentPtr = std::shared_ptr<FakeAgent>;

class SessionsCallsTest : public testing::SessionsFixture {
 protected:
  SessionsCallsTest() {
    state.put_node("web-1");
    state.put_node("web-2");
    state.start();
  }

  AgentPtr connect(const std::string& node, std::vector<std::string> features = {"calls"}) {
    auto agent = std::make_shared<FakeAgent>(state.loop, "10.1.0.1");
    sessions.adopt(agent, uid(node));
    link::Message message;
    message.hello.emplace();
    message.hello->node = uid(node);
    message.hello->features = std::move(features);
    agent->says(message);
    state.loop.settle();
    return agent;
  }
  /// Connected, and silent.
  AgentPtr adopt(const std::string& node) {
    auto agent = std::make_shared<FakeAgent>(state.loop, "10.1.0.1");
    sessions.adopt(agent, uid(node));
    state.loop.settle();
    return agent;
  }
  auto ask(const std::string& node) {
    auto asked = state.loop.start(sessions.ask(uid(node), {.method = "status"}));
    state.loop.settle();
    return asked;
  }
  std::vector<link::Call> calls_to(const AgentPtr& agent) {
    std::vector<link::Call> calls;
    for (const auto& message : agent->heard())
      if (message.call) calls.push_back(*message.call);
    return calls;
  }
  std::size_t cancels_to(const AgentPtr& agent) {
    return static_cast<std::size_t>(std::ranges::count_if(
        agent->heard(), [](const auto& message) { return message.cancel.has_value(); }));
  }
  void stream(const AgentPtr& agent, std::uint64_t call, std::string_view bytes) {
    agent->sends(*link::piece_frame(call, bytes), net::FrameKind::binary);
    state.loop.settle();
  }
  void answer(const AgentPtr& agent, std::uint64_t call, std::optional<std::string> code = {},
              std::optional<std::string> why = {}) {
    link::Message message;
    message.answer = link::Answer{call, std::move(code), std::move(why), {}};
    agent->says(message);
    state.loop.settle();
  }
};

TEST_F(SessionsCallsTest, bring_back_what_the_agent_streams) {
  auto agent = connect("web-1");
  auto asked = ask("web-1");
  ASSERT_EQ(calls_to(agent).size(), 1u);
  auto call = calls_to(agent)[0];
  EXPECT_EQ(call.method, "status");
  EXPECT_EQ(call.deadline, 5s);

  stream(agent, call.id, "all is ");
  stream(agent, call.id, "well");
  EXPECT_FALSE(asked.is_done());
  answer(agent, call.id);

  ASSERT_TRUE(asked.is_done());
  EXPECT_EQ(asked.value().value(), "all is well");
  EXPECT_EQ(cancels_to(agent), 0u);
}

TEST_F(SessionsCallsTest, say_what_the_agent_says_went_wrong) {
  auto agent = connect("web-1");
  auto asked = ask("web-1");
  answer(agent, calls_to(agent)[0].id, "unauthenticated", "the disk is gone");
  EXPECT_EQ(asked.value().error().code, Errc::unavailable);
  EXPECT_EQ(asked.value().error().what, "the agent says: the disk is gone");

  auto again = ask("web-1");
  answer(agent, calls_to(agent)[1].id, "unsupported", "never heard of it");
  EXPECT_EQ(again.value().error().code, Errc::unsupported);
}

TEST_F(SessionsCallsTest, give_up_at_the_deadline_and_cancel) {
  auto agent = connect("web-1");
  auto asked = ask("web-1");
  state.loop.advance(4s);
  EXPECT_FALSE(asked.is_done());
  state.loop.advance(2s);

  ASSERT_TRUE(asked.is_done());
  EXPECT_EQ(asked.value().error().code, Errc::timeout);
  EXPECT_EQ(cancels_to(agent), 1u);
  stream(agent, calls_to(agent)[0].id, "too late");
  answer(agent, calls_to(agent)[0].id);
  EXPECT_TRUE(agent->is_open()) << "what crossed the cancel is no fault";
}

TEST_F(SessionsCallsTest, end_with_the_connection) {
  auto agent = connect("web-1");
  auto asked = ask("web-1");
  agent->breaks();
  state.loop.settle();

  ASSERT_TRUE(asked.is_done());
  EXPECT_EQ(asked.value().error().code, Errc::unavailable);
}

TEST_F(SessionsCallsTest, ask_nobody_who_is_away_or_too_old) {
  EXPECT_THAT(ask("web-1").value().error().what, HasSubstr("\"web-1\" is not connected"));
  auto old = connect("web-1", {});
  EXPECT_EQ(ask("web-1").value().error().code, Errc::unsupported);
  EXPECT_TRUE(calls_to(old).empty());
}

TEST_F(SessionsCallsTest, bound_how_many_wait_for_an_agent_that_never_answers) {
  auto deaf = connect("web-1");
  auto other = connect("web-2");
  for (std::size_t i = 0; i < AgentCalls::kMost; ++i) EXPECT_FALSE(ask("web-1").is_done());
  EXPECT_EQ(ask("web-1").value().error().code, Errc::too_many);

  auto asked = ask("web-2");
  stream(other, calls_to(other)[0].id, "here");
  answer(other, calls_to(other)[0].id);
  EXPECT_EQ(asked.value().value(), "here");
  state.loop.advance(6s);
  EXPECT_EQ(cancels_to(deaf), AgentCalls::kMost);
}

TEST_F(SessionsCallsTest, hold_no_more_of_a_stream_than_its_window_for_a_slow_reader) {
  auto agent = connect("web-1");
  auto call = sessions.call(uid("web-1"), {.method = "follow", .limit = 1h, .window = 100}).value();
  auto id = calls_to(agent)[0].id;
  auto credits = [&] {
    std::uint64_t bytes = 0;
    for (const auto& message : agent->heard())
      if (message.credit) bytes += message.credit->bytes;
    return bytes;
  };
  stream(agent, id, std::string(100, 'x'));
  EXPECT_EQ(call->waiting_bytes(), 100u);
  EXPECT_EQ(credits(), 0u);

  auto piece = state.loop.start(call->next());
  state.loop.settle();
  EXPECT_EQ(piece.value().value()->size(), 100u);
  EXPECT_EQ(credits(), 100u);
  stream(agent, id, std::string(100, 'y'));
  EXPECT_TRUE(agent->is_open());
  stream(agent, id, "z");
  EXPECT_FALSE(agent->is_open()) << "it sent more than it had credit for";
  EXPECT_EQ(call->waiting_bytes(), 100u);
  EXPECT_EQ(sessions.garbage_count(), 1u);
}

TEST_F(SessionsCallsTest, take_no_stream_of_one_agent_for_anothers) {
  auto asked_one = connect("web-1");
  auto other = connect("web-2");
  auto asked = ask("web-1");
  auto id = calls_to(asked_one)[0].id;

  stream(other, id, "forged");
  answer(other, id);
  EXPECT_FALSE(asked.is_done());
  stream(asked_one, id, "true");
  answer(asked_one, id);
  EXPECT_EQ(asked.value().value(), "true");
}

TEST_F(SessionsCallsTest, refuse_an_answer_without_end) {
  auto agent = connect("web-1");
  auto asked = ask("web-1");
  auto id = calls_to(agent)[0].id;
  for (int i = 0; i < 200 && !asked.is_done(); ++i) stream(agent, id, std::string(32 * 1024, 'x'));

  ASSERT_TRUE(asked.is_done());
  EXPECT_EQ(asked.value().error().code, Errc::too_large);
  EXPECT_EQ(cancels_to(agent), 1u);
}

TEST_F(SessionsCallsTest, take_no_stream_before_the_hello) {
  auto agent = std::make_shared<FakeAgent>(state.loop, "10.1.0.1");
  sessions.adopt(agent, uid("web-1"));
  stream(agent, 1, "x");
  EXPECT_EQ(agent->goodbye()->message, "expected a hello first");
}

TEST_F(SessionsCallsTest, cut_off_an_agent_that_sends_faster_than_it_is_heard) {
  auto agent = connect("web-1");
  std::string report = R"({"report":{"x":")" + std::string(1'000'000, 'x') + "\"}}";
  for (int i = 0; i < 10; ++i) agent->sends(report);
  state.loop.settle();
  EXPECT_TRUE(agent->is_open()) << "a burst is honest";

  for (int i = 0; i < 40; ++i) agent->sends(report);
  state.loop.settle();
  EXPECT_FALSE(agent->is_open());
  EXPECT_EQ(agent->goodbye()->code, "too_many");
}

TEST_F(SessionsCallsTest, refuse_more_than_a_few_connections_of_one_node) {
  std::vector<AgentPtr> agents;
  for (int i = 0; i < 1000; ++i) agents.push_back(adopt("web-1"));
  auto open = std::ranges::count_if(agents, [](const auto& agent) { return agent->is_open(); });
  EXPECT_EQ(open, 16);
  EXPECT_EQ(agents.back()->goodbye()->code, "too_many");

  for (auto& agent : agents) agent->breaks();
  state.loop.settle();
  EXPECT_EQ(sessions.size(), 0u);
  EXPECT_TRUE(connect("web-1")->welcome());
}

}  // namespace
}  // namespace reeve::manager
