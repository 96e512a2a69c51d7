// How the sessions send programs, and what they hear of them.
#include "manager/gateway/sessions.hpp"
#include "manager/gateway/testing/connected_sessions.hpp"

#include <gtest/gtest.h>

namespace reeve::manager {
namespace {

using testing::DesiredState;

class SessionsProgramsTest : public testing::ConnectedSessions {
 protected:
  SessionsProgramsTest() { state.put_program("api", model::Placement{{{"web-1"}}, {}}); }

  AgentPtr connect_with_programs(const std::string& node) {
    auto agent = connect(node);
    agent->says_hello_with_programs(uid(node));
    state.loop.settle();
    agent->applies();
    state.loop.settle();
    return agent;
  }
  void report(const AgentPtr& agent, link::ProgramWord word) {
    link::Message message;
    message.report.emplace();
    message.report->programs = {std::move(word)};
    agent->says(std::move(message));
    state.loop.settle();
  }
  const ProgramSight* sight() { return fleet.program(uid("web-1"), uid("api")); }
};

TEST_F(SessionsProgramsTest, send_them_beside_lists_and_hear_that_they_are_there) {
  auto agent = connect_with_programs("web-1");

  ASSERT_EQ(agent->specs().size(), 1u);
  auto spec = agent->specs()[0];
  ASSERT_TRUE(spec.programs);
  ASSERT_EQ(spec.programs->size(), 1u);
  EXPECT_EQ(spec.programs->at(0).program.name, "api");
  EXPECT_EQ(spec.programs->at(0).program.epoch, 1u);
  EXPECT_EQ(spec.upserts.size(), 1u);
  ASSERT_TRUE(sight());
  EXPECT_EQ(sight()->applied->revision, 1u);
  EXPECT_TRUE(sessions.is_settled(uid("web-1")));
}

TEST_F(SessionsProgramsTest, send_none_to_an_agent_that_runs_none) {
  auto agent = connect_current("web-1");

  ASSERT_EQ(agent->specs().size(), 1u);
  EXPECT_FALSE(agent->specs()[0].programs);
  EXPECT_TRUE(sessions.is_settled(uid("web-1")));
  state.put_program("api", model::Placement{{{"web-1"}}, {}}, 2000);
  state.loop.settle();
  EXPECT_EQ(agent->specs().size(), 1u);
  EXPECT_EQ(sight(), nullptr);
}

TEST_F(SessionsProgramsTest, speak_of_programs_in_a_whole_spec_even_if_there_are_none) {
  state.remove_program("api");
  auto agent = connect_with_programs("web-1");

  ASSERT_TRUE(agent->specs()[0].programs);
  EXPECT_TRUE(agent->specs()[0].programs->empty());
  state.put_service("pay", {"10.0.0.9"});
  state.loop.settle();
  EXPECT_FALSE(agent->specs()[1].programs);
}

TEST_F(SessionsProgramsTest, send_an_edit_as_a_delta_and_a_removal_by_uid) {
  auto agent = connect_with_programs("web-1");

  state.put_program("api", model::Placement{{{"web-1"}}, {}}, 2000);
  state.loop.settle();
  ASSERT_EQ(agent->specs().size(), 2u);
  EXPECT_TRUE(agent->specs()[1].upserts.empty());
  EXPECT_EQ(agent->specs()[1].programs->at(0).program.revision, 2u);
  agent->applies();
  state.loop.settle();
  EXPECT_EQ(sight()->applied->revision, 2u);

  state.put_program("api", std::nullopt);
  state.loop.settle();
  EXPECT_EQ(agent->specs()[2].removals, std::vector<std::string>{uid("api")});
  agent->applies();
  state.loop.settle();
  // Its processes may still be stopping: it is gone when the agent says so.
  EXPECT_TRUE(sight());
  report(agent, {.program = uid("api"), .removed = true});
  EXPECT_EQ(sight(), nullptr);
}

TEST_F(SessionsProgramsTest, hear_how_processes_fare_of_the_nodes_own_programs_alone) {
  auto agent = connect_with_programs("web-1");
  std::vector<Fleet::Change> changes;
  fleet.on_change([&](const Fleet::Change& change) { changes.push_back(change); });
  link::ProgramWord word{.program = uid("api")};
  word.processes.resize(1);
  word.processes[0].process = "api";
  word.processes[0].state = model::ProcessState::RUNNING;
  word.processes[0].reason = std::string(10'000, 'x');

  report(agent, word);
  word.program = "another";
  report(agent, word);

  ASSERT_EQ(sight()->processes.size(), 1u);
  EXPECT_EQ(sight()->processes[0].state, model::ProcessState::RUNNING);
  EXPECT_EQ(sight()->processes[0].reason->size(), Fleet::kMostError);
  EXPECT_EQ(fleet.program(uid("web-1"), "another"), nullptr);
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].programs, std::vector<std::string>{uid("api")});
  EXPECT_FALSE(changes[0].is_of_node());
}

}  // namespace
}  // namespace reeve::manager
