#include "manager/planner.hpp"

#include "manager/testing/desired_state.hpp"
#include "store/catalog/keys.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace reeve::manager {
namespace {

using testing::DesiredState;

class PlannerTest : public ::testing::Test {
 protected:
  PlannerTest() {
    planner.on_change([this](const std::vector<std::string>& nodes) {
      changes.emplace_back(nodes.begin(), nodes.end());
    });
  }

  /// The services that this node shall have, by their uids.
  std::vector<std::string> services_of(const std::string& node) {
    std::vector<std::string> services;
    for (const auto& list : *planner.plan_of(DesiredState::uid_of(node)))
      services.push_back(list->uid().substr(7));
    return services;
  }
  PlannedListPtr list(const std::string& node, const std::string& service) {
    return planner.list_of(DesiredState::uid_of(node), DesiredState::uid_of(service));
  }
  std::set<std::string> last_change() {
    return changes.empty() ? std::set<std::string>() : changes.back();
  }

  using Names = std::vector<std::string>;
  DesiredState state;
  Planner planner{state.catalog};
  std::vector<std::set<std::string>> changes;
};

TEST_F(PlannerTest, has_no_plans_before_the_catalog_is_read) {
  state.put_node("web-1");

  EXPECT_FALSE(planner.is_ready());
  state.start();
  EXPECT_TRUE(planner.is_ready());
  EXPECT_EQ(planner.version(), state.store.head());
}

TEST_F(PlannerTest, plans_what_was_there_at_the_start) {
  state.put_node("web-1");
  state.put_node("web-2", {{"zone", "a"}});
  state.put_service("pay", {"10.0.0.1"});
  state.subscribe("pay", {DesiredState::to_nodes({"web-1"})});
  state.put_service("cart", {"10.0.0.2"});
  state.subscribe("cart", {DesiredState::to_selector({{"zone", "a"}})});

  state.start();

  EXPECT_EQ(services_of("web-1"), Names{"pay"});
  EXPECT_EQ(services_of("web-2"), Names{"cart"});
}

TEST_F(PlannerTest, nodes_that_shall_have_the_same_share_one_plan) {
  state.put_node("web-1");
  state.put_node("web-2");
  state.put_node("web-3");
  state.put_service("pay", {"10.0.0.1"});
  state.subscribe("pay", {DesiredState::to_nodes({"web-1", "web-2"})});
  state.start();

  auto plan_of = [&](const std::string& node) {
    return planner.plan_of(DesiredState::uid_of(node));
  };
  EXPECT_EQ(plan_of("web-1"), plan_of("web-2"));
  EXPECT_NE(plan_of("web-1"), plan_of("web-3"));
}

TEST_F(PlannerTest, an_edit_changes_the_plans_of_its_subscribers_alone) {
  state.start();
  state.put_node("web-1");
  state.put_node("web-2");
  state.put_service("pay", {"10.0.0.1"});
  state.subscribe("pay", {DesiredState::to_nodes({"web-1"})});
  auto before = list("web-1", "pay");

  state.put_service("pay", {"10.0.0.1", "10.0.0.2"});

  EXPECT_EQ(last_change(), std::set<std::string>{"uid-of-web-1"});
  EXPECT_NE(list("web-1", "pay")->digest(), before->digest());
  EXPECT_EQ(list("web-1", "pay")->mark(), (model::ListMark{2, state.store.head()}));
  EXPECT_TRUE(services_of("web-2").empty());
}

TEST_F(PlannerTest, nodes_with_the_same_outputs_share_one_list) {
  state.start();
  for (auto name : {"web-1", "web-2", "web-3"}) state.put_node(name);
  state.put_service("pay", {"10.0.0.1"});
  model::Output other;
  other.mode = "0600";

  state.subscribe("pay", {DesiredState::to_nodes({"web-1"}), DesiredState::to_nodes({"web-2"}),
                          DesiredState::to_nodes({"web-3"}, {other})});

  EXPECT_EQ(list("web-1", "pay"), list("web-2", "pay"));
  EXPECT_NE(list("web-1", "pay"), list("web-3", "pay"));
  EXPECT_NE(list("web-1", "pay")->digest(), list("web-3", "pay")->digest());
}

TEST_F(PlannerTest, a_lost_subscription_and_a_deleted_service_take_the_list_away) {
  state.start();
  state.put_node("web-1");
  state.put_node("web-2");
  state.put_service("pay", {"10.0.0.1"});
  state.subscribe("pay", {DesiredState::to_nodes({"web-1", "web-2"})});

  state.subscribe("pay", {DesiredState::to_nodes({"web-2"})});
  EXPECT_TRUE(services_of("web-1").empty());
  EXPECT_EQ(last_change(), std::set<std::string>{"uid-of-web-1"});

  state.remove_service("pay");
  EXPECT_TRUE(services_of("web-2").empty());
}

TEST_F(PlannerTest, a_node_that_joins_gets_what_names_it_and_what_its_labels_match) {
  state.start();
  state.put_service("pay", {"10.0.0.1"});
  state.subscribe("pay", {DesiredState::to_nodes({"WEB-1"})});
  state.put_service("cart", {"10.0.0.2"});
  state.subscribe("cart", {DesiredState::to_selector({{"zone", "a"}})});
  state.put_service("other", {"10.0.0.3"});

  state.put_node("web-1", {{"zone", "a"}});
  EXPECT_EQ(services_of("web-1"), (Names{"cart", "pay"}));

  state.put_node("web-1", {{"zone", "b"}});
  EXPECT_EQ(services_of("web-1"), Names{"pay"});

  state.remove_node("web-1");
  EXPECT_TRUE(services_of("web-1").empty());
}

TEST_F(PlannerTest, an_edit_that_concerns_nobody_tells_nobody) {
  state.start();
  state.put_node("web-1");
  state.put_service("pay", {"10.0.0.1"});

  state.put_service("pay", {"10.0.0.2"});

  EXPECT_TRUE(changes.empty());
  EXPECT_EQ(planner.version(), state.store.head());
}

TEST_F(PlannerTest, a_change_of_subscriptions_leaves_the_other_lists_as_they_are) {
  state.start();
  state.put_node("web-1");
  state.put_node("web-2");
  state.put_service("pay", {"10.0.0.1"});
  state.subscribe("pay", {DesiredState::to_nodes({"web-1"})});
  auto before = list("web-1", "pay");

  state.subscribe("pay", {DesiredState::to_nodes({"web-1", "web-2"})});

  EXPECT_EQ(list("web-1", "pay"), before);
  EXPECT_EQ(list("web-2", "pay"), before);
  EXPECT_EQ(last_change(), std::set<std::string>{"uid-of-web-2"});
}

TEST_F(PlannerTest, a_gap_in_the_watch_leaves_the_plans_as_if_there_were_none) {
  state.start();
  state.put_node("web-1");
  state.put_service("pay", {"10.0.0.1"});
  state.subscribe("pay", {DesiredState::to_nodes({"web-1"})});
  state.put_service("gone", {"10.0.0.1"});
  state.subscribe("gone", {DesiredState::to_nodes({"web-1"})});

  state.store.hold_watches();
  state.remove_service("gone");
  state.put_service("pay", {"10.0.0.9"});
  state.store.drop_watches();
  state.store.release_watches();
  state.loop.advance(std::chrono::seconds(5));

  EXPECT_EQ(services_of("web-1"), Names{"pay"});
  EXPECT_EQ(list("web-1", "pay")->mark().revision, 2u);
}

TEST_F(PlannerTest, a_list_has_its_outputs_whatever_became_of_the_subscriptions_it_came_from) {
  state.start();
  state.put_node("web-1");
  state.put_node("web-2");
  state.put_service("pay", {"10.0.0.1"});
  model::Output output;
  output.path = "/srv/a";
  state.subscribe("pay", {DesiredState::to_nodes({"web-1"}, {output})});

  state.subscribe("pay", {DesiredState::to_nodes({"web-1", "web-2"}, {output})});
  state.put_service("pay", {"10.0.0.2"});
  state.put_service("pay", {"10.0.0.3"});

  EXPECT_EQ(list("web-1", "pay")->outputs(), std::vector<model::Output>{output});
  EXPECT_EQ(list("web-2", "pay"), list("web-1", "pay"));
}

// One step of anybody's: an edit, other subscriptions, a node that comes, goes or changes.
void take_a_step(DesiredState& state) {
  auto node = fmt::format("web-{}", *rc::gen::inRange(1, 4));
  auto service = fmt::format("s{}", *rc::gen::inRange(1, 4));
  auto zone = *rc::gen::element<std::string>("a", "b");
  auto revision = state.revision_of(service);
  bool is_there = state.catalog.snapshot()->services.find(service) != nullptr;
  auto step = *rc::gen::inRange(0, 10);
  if (step >= 2 && step <= 6 && !is_there) return;
  switch (step) {
    case 0: return state.put_node(node, {{"zone", zone}});
    case 1: return state.remove_node(node);
    case 2: return state.remove_service(service);
    case 3: return state.subscribe(service, {DesiredState::to_nodes({node})});
    case 4: return state.subscribe(service, {DesiredState::to_selector({{"zone", zone}})});
    case 5: return state.push(service, revision, {"10.0.0.1"}, {node});
    case 6:
      return state.push(service, *rc::gen::inRange<std::uint64_t>(1, revision + 1), {"10.0.0.1"});
    default: return state.put_service(service, {"10.0.0.1"});
  }
}

RC_GTEST_PROP(PlannerProperties, following_every_step_ends_where_reading_the_end_does, ()) {
  DesiredState state;
  Planner follower(state.catalog);
  for (const auto* name : {"web-1", "web-2", "web-3"}) state.put_node(name, {{"zone", "a"}});
  for (const auto* name : {"s1", "s2", "s3"}) state.put_service(name, {"10.0.0.1"});
  state.start();

  for (int steps = *rc::gen::inRange(1, 40); steps > 0; --steps) take_a_step(state);
  Planner reader(state.catalog);  // plans all at the next change
  state.put_service("last", {"10.0.0.1"});
  store::Catalog restarted(state.loop, state.store);
  Planner late(restarted);
  auto started = state.loop.start(restarted.start());
  state.loop.settle();
  RC_ASSERT(started.is_done() && started.value().has_value());

  for (const auto* name : {"web-1", "web-2", "web-3"}) {
    auto uid = DesiredState::uid_of(name);
    RC_ASSERT(plan_digest(*follower.plan_of(uid)) == plan_digest(*reader.plan_of(uid)));
    RC_ASSERT(plan_digest(*follower.plan_of(uid)) == plan_digest(*late.plan_of(uid)));
  }
}

TEST_F(PlannerTest, gives_each_what_was_pushed_to_it) {
  state.put_node("web-1");
  state.put_node("web-2");
  state.put_service("pay", {"10.0.0.1"});
  state.put_service("pay", {"10.0.0.2"});
  state.subscribe("pay", {DesiredState::to_nodes({"web-1", "web-2"})});
  state.start();

  state.push("pay", 1, {"10.0.0.1"}, {"web-1"});

  EXPECT_EQ(last_change(), std::set<std::string>{"uid-of-web-1"});
  EXPECT_EQ(list("web-1", "pay")->mark().revision, 1u);
  EXPECT_EQ(list("web-2", "pay")->mark().revision, 2u);
  auto version = list("web-1", "pay")->mark().version;
  state.put_service("pay", {"10.0.0.3"});
  EXPECT_EQ(list("web-1", "pay")->mark().revision, 3u);
  EXPECT_GT(list("web-1", "pay")->mark().version, version);
}

TEST_F(PlannerTest, keeps_no_list_that_nobody_has_any_more) {
  state.put_node("web-1");
  state.put_service("pay", {"10.0.0.1"});
  state.subscribe("pay", {DesiredState::to_nodes({"web-1"})});
  state.start();
  std::weak_ptr<const PlannedList> first = list("web-1", "pay");

  for (const char* path : {"/a", "/b"}) {
    model::Output output;
    output.path = path;
    state.subscribe("pay", {DesiredState::to_nodes({"web-1"}, {output})});
    state.loop.settle();
  }

  EXPECT_EQ(list("web-1", "pay")->outputs()[0].path, "/b");
  EXPECT_TRUE(first.expired());
}

TEST_F(PlannerTest, gives_a_node_that_is_being_removed_nothing) {
  state.put_node("web-1", {{"zone", "a"}});
  state.put_service("pay", {"10.0.0.1"});
  state.put_service("cart", {"10.0.0.2"});
  state.subscribe("pay", {DesiredState::to_nodes({"web-1"})});
  state.subscribe("cart", {DesiredState::to_selector({{"zone", "a"}})});
  state.start();
  ASSERT_EQ(services_of("web-1").size(), 2u);

  auto node = (*state.catalog.snapshot()->nodes.find("web-1"))->value;
  node.leaving = state.loop.clock().wall();
  state.commit({{store::keys::node("web-1"), store::bytes(json::encode_text(node))}});
  state.loop.settle();
  EXPECT_EQ(services_of("web-1"), Names{});
  // Nor what is edited meanwhile.
  state.put_service("pay", {"10.0.0.3"});
  state.put_service("cart", {"10.0.0.4"});
  state.loop.settle();
  EXPECT_EQ(services_of("web-1"), Names{});
}

TEST_F(PlannerTest, gives_a_program_to_the_nodes_that_it_is_placed_on) {
  state.put_node("web-1");
  state.put_node("web-2", {{"zone", "a"}});
  state.put_node("web-3", {{"zone", "a"}});
  state.put_program("api", model::Placement{{{"WEB-1"}}, {}});
  state.put_program("jobs", model::Placement{{}, model::Labels{{"zone", "a"}}});
  state.put_program("nowhere", std::nullopt);
  state.start();

  EXPECT_EQ(services_of("web-1"), Names{"api"});
  EXPECT_EQ(services_of("web-2"), Names{"jobs"});
  EXPECT_EQ(planner.plan_of(DesiredState::uid_of("web-2")),
            planner.plan_of(DesiredState::uid_of("web-3")));

  // Another place, other labels, a node that comes, one that goes.
  state.put_program("api", model::Placement{{{"web-2", "web-4"}}, {}});
  EXPECT_EQ(services_of("web-1"), Names{});
  EXPECT_EQ(services_of("web-2"), (Names{"api", "jobs"}));
  state.put_node("web-3", {{"zone", "b"}});
  EXPECT_EQ(services_of("web-3"), Names{});
  state.put_node("web-4");
  EXPECT_EQ(services_of("web-4"), Names{"api"});
  state.remove_program("api");
  EXPECT_EQ(services_of("web-2"), Names{"jobs"});
  EXPECT_EQ(services_of("web-4"), Names{});
}

TEST_F(PlannerTest, tells_of_an_edited_program_to_those_alone_that_run_it) {
  state.put_node("web-1");
  state.put_node("web-2");
  state.put_service("pay", {"10.0.0.1"});
  state.subscribe("pay", {DesiredState::to_nodes({"web-1", "web-2"})});
  state.put_program("api", model::Placement{{{"web-1"}}, {}});
  state.start();
  changes.clear();

  state.put_program("api", model::Placement{{{"web-1"}}, {}}, 2000);

  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(last_change(), std::set<std::string>{DesiredState::uid_of("web-1")});
  auto plan = planner.plan_of(DesiredState::uid_of("web-1"));
  auto planned = find_planned(*plan, DesiredState::uid_of("api"));
  ASSERT_TRUE(planned);
  EXPECT_EQ(planned->mark().revision, 2u);
  EXPECT_NE(planned->text()->find("2000"), std::string::npos);
  EXPECT_EQ(planned->text()->find("web-1"), std::string::npos);  // not the node's business
  EXPECT_EQ(find_list(*plan, DesiredState::uid_of("api")), nullptr);
  EXPECT_EQ(without_programs(plan)->size(), 1u);
}

}  // namespace
}  // namespace reeve::manager
