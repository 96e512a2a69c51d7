#include "manager/fleet.hpp"

#include <gtest/gtest.h>

namespace reeve::manager {
namespace {

using namespace std::chrono_literals;
using model::NodeState;

link::ListWord word(std::string service, std::uint64_t version) {
  link::ListWord word;
  word.service = std::move(service);
  word.applied = model::ListMark{1, version};
  return word;
}

class FleetTest : public ::testing::Test {
 protected:
  FleetTest() {
    fleet.on_change([this](const Fleet::Change& change) { changes.push_back(change); });
  }
  Fleet fleet;
  std::vector<Fleet::Change> changes;
};

TEST_F(FleetTest, has_never_seen_a_node_that_did_not_connect) {
  EXPECT_EQ(fleet.node("n1").state, NodeState::never_seen);
  EXPECT_FALSE(fleet.list("n1", "s1").applied);
}

TEST_F(FleetTest, keeps_what_it_saw_of_a_node_that_went_down) {
  WallTime at{1h};
  fleet.connected("n1", "10.0.0.1:5", "0.1.0", at);
  fleet.heard_from(fleet.place("n1"), at + 5s);
  fleet.disconnected("n1", at + 1s);

  EXPECT_EQ(fleet.node("n1").state, NodeState::down);
  EXPECT_EQ(fleet.node("n1").address, "10.0.0.1:5");
  EXPECT_EQ(fleet.node("n1").last_seen, at + 5s);
  EXPECT_EQ(changes.size(), 2u);
}

TEST_F(FleetTest, tells_which_lists_an_agent_spoke_of) {
  auto failed = word("s2", 3);
  failed.error = "no space";
  fleet.applied(fleet.place("n1"), 9, {word("s1", 9), failed});

  EXPECT_EQ(fleet.node("n1").applied_version, 9u);
  EXPECT_EQ(fleet.list("n1", "s1").applied->version, 9u);
  EXPECT_EQ(fleet.list("n1", "s2").error, "no space");
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].lists, (std::vector<std::string>{"s1", "s2"}));
}

TEST_F(FleetTest, keeps_no_more_of_an_error_than_people_read) {
  auto failed = word("s1", 1);
  failed.error = std::string(Fleet::kMostError - 1, 'x') + "é" + std::string(100'000, 'x');
  fleet.reported(fleet.place("n1"), {failed});

  EXPECT_EQ(fleet.list("n1", "s1").error, std::string(Fleet::kMostError - 1, 'x'));
}

TEST_F(FleetTest, forgets_lists_that_left_the_node) {
  fleet.reported(fleet.place("n1"), {word("s1", 1), word("s2", 1), word("s3", 1)});
  fleet.retain(fleet.place("n1"), [](const std::string& service) { return service == "s3"; });

  EXPECT_FALSE(fleet.list("n1", "s1").applied);
  EXPECT_FALSE(fleet.list("n1", "s2").applied);
  EXPECT_TRUE(fleet.list("n1", "s3").applied);
  EXPECT_EQ(changes.back().lists.size(), 2u);
}

TEST(Fleet, remembers_only_so_much_of_what_an_agent_says) {
  Fleet fleet;
  auto node = fleet.place("n1");
  std::vector<link::ListWord> words(30'000);
  for (std::size_t i = 0; i < words.size(); ++i) words[i].service = "s" + std::to_string(i);
  fleet.reported(node, words);
  EXPECT_EQ(fleet.lists("n1").size(), 20'000u);

  link::ListWord word;
  word.service = "s1";
  word.error = std::string(1'000'000, 'x');
  fleet.reported(node, {word});
  EXPECT_EQ(fleet.list("n1", "s1").error->size(), Fleet::kMostError);
  word.service = std::string(1'000'000, 'x');
  fleet.reported(fleet.place("n2"), {word});
  EXPECT_TRUE(fleet.lists("n2").empty());
}

}  // namespace
}  // namespace reeve::manager
