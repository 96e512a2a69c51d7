#include "manager/gateway/standing.hpp"

#include "manager/planner.hpp"
#include "manager/testing/desired_state.hpp"

#include <gtest/gtest.h>

namespace reeve::manager {
namespace {

using testing::DesiredState;

link::Hello hello(std::uint64_t epoch, std::uint64_t version, std::string digest = "d") {
  link::Hello hello;
  hello.cluster = "c1";
  hello.epoch = epoch;
  hello.version = version;
  hello.digest = std::move(digest);
  return hello;
}

TEST(Standing, is_of_epoch_before_version_and_of_this_cluster) {
  model::Cluster cluster;
  cluster.id = "c1";
  cluster.epoch = 2;
  struct Case {
    link::Hello hello;
    Standing expected;
  };
  auto foreign = hello(1, 1);
  foreign.cluster = "c2";
  const Case cases[] = {
      {hello(2, 50), Standing::good},          {hello(2, 100), Standing::good},
      {hello(2, 101), Standing::ahead},        {hello(1, 5000), Standing::good},
      {hello(3, 1), Standing::ahead},          {hello(2, 100, "other"), Standing::doubtful},
      {hello(2, 99, "other"), Standing::good}, {hello(2, 100, ""), Standing::good},
      {link::Hello{}, Standing::good},         {foreign, Standing::ahead},
  };
  for (const auto& [said, expected] : cases)
    EXPECT_EQ(standing_of(said, cluster, 100, "d"), expected)
        << said.cluster << " " << said.epoch << " " << said.version << " " << said.digest;
}

TEST(Standing, lists_contradict_that_the_store_does_not_know_or_has_older) {
  DesiredState state;
  Planner planner(state.catalog);
  state.put_node("web-1");
  state.put_service("pay", {"10.0.0.1"});
  state.subscribe("pay", {DesiredState::to_nodes({"web-1"})});
  state.start();
  auto plan = planner.plan_of(DesiredState::uid_of("web-1"));
  auto pay = DesiredState::uid_of("pay");
  auto mark = plan->at(0)->mark();
  auto with = [&](std::string service, std::optional<model::ListMark> applied) {
    return std::vector{link::ListWord{std::move(service), applied, {}, {}, {}, {}}};
  };

  EXPECT_FALSE(contradict({}, *plan));
  EXPECT_FALSE(contradict(with(pay, mark), *plan));
  EXPECT_FALSE(contradict(with(pay, {}), *plan));
  EXPECT_FALSE(contradict(with(pay, model::ListMark{mark.revision, mark.version - 1}), *plan));
  EXPECT_TRUE(contradict(with(pay, model::ListMark{mark.revision, mark.version + 1}), *plan));
  EXPECT_TRUE(contradict(with(pay, model::ListMark{mark.revision + 1, mark.version}), *plan));
  EXPECT_TRUE(contradict(with("another", mark), *plan));
}

}  // namespace
}  // namespace reeve::manager
