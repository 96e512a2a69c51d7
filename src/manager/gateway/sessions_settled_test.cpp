// What the sessions know of their agents' own words: whether they have what they shall have, and
// how they call themselves.
#include "manager/gateway/testing/connected_sessions.hpp"

namespace reeve::manager {
namespace {

class SessionsSettledTest : public testing::ConnectedSessions {
 protected:
  bool is_settled(const std::string& node) { return sessions.is_settled(uid(node)); }
};

TEST_F(SessionsSettledTest, an_agent_has_what_it_shall_have_once_it_has_said_so) {
  EXPECT_FALSE(is_settled("web-1"));
  auto agent = connect("web-1");
  EXPECT_FALSE(is_settled("web-1"));
  agent->says_hello(uid("web-1"));
  state.loop.settle();
  EXPECT_FALSE(is_settled("web-1")) << "the spec is on its way";
  agent->applies();
  state.loop.settle();
  EXPECT_TRUE(is_settled("web-1"));

  state.subscribe("pay", {});
  state.loop.settle();
  EXPECT_FALSE(is_settled("web-1"));
  agent->applies();
  state.loop.settle();
  EXPECT_TRUE(is_settled("web-1"));

  agent->breaks();
  state.loop.settle();
  EXPECT_FALSE(is_settled("web-1"));
}

TEST_F(SessionsSettledTest, an_agent_with_nothing_that_shall_have_nothing_need_not_say_so) {
  state.put_node("web-2");
  auto agent = connect("web-2");
  agent->says_hello(uid("web-2"));
  state.loop.settle();

  EXPECT_TRUE(is_settled("web-2"));
}

// As after a restart of the manager in the middle of a removal.
TEST_F(SessionsSettledTest,
       an_agent_with_lists_that_shall_have_nothing_must_say_that_they_are_gone) {
  state.subscribe("pay", {});
  auto agent = connect("web-1");
  auto hello = hello_at("web-1", 1, state.store.head() - 1);
  hello.hello->digest = std::string(64, 'a');
  agent->says(hello);
  state.loop.settle();
  EXPECT_FALSE(is_settled("web-1"));

  agent->applies();
  state.loop.settle();
  EXPECT_TRUE(is_settled("web-1"));
}

TEST_F(SessionsSettledTest, an_agent_that_could_not_take_a_spec_has_not_what_it_shall) {
  auto agent = connect("web-1");
  agent->says_hello(uid("web-1"));
  state.loop.settle();
  link::Message message;
  message.applied.emplace();
  message.applied->version = state.store.head();
  message.applied->digest = "";
  agent->says(std::move(message));
  state.loop.settle();

  EXPECT_FALSE(is_settled("web-1"));
}

TEST_F(SessionsSettledTest, what_an_agent_calls_itself_is_cut_between_two_letters) {
  auto agent = connect("web-1");
  auto hello = hello_of("web-1");
  hello.hello->agent_version = "1";
  for (int i = 0; i < 1000; ++i) hello.hello->agent_version += "ö";
  hello.hello->instance = std::string(100'000, 'x');
  agent->says(hello);
  state.loop.settle();

  auto version = fleet.node(uid("web-1")).agent_version.value_or("");
  EXPECT_EQ(version.size(), 127u);
  EXPECT_TRUE(version.ends_with("ö"));
}

}  // namespace
}  // namespace reeve::manager
