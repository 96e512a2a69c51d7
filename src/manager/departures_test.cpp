#include "manager/departures.hpp"

#include "manager/planner.hpp"
#include "manager/testing/desired_state.hpp"
#include "store/catalog/keys.hpp"
#include "store/catalog/packed.hpp"

#include <gtest/gtest.h>

namespace reeve::manager {
namespace {

using testing::DesiredState;
using namespace std::chrono_literals;

class DeparturesTest : public ::testing::Test {
 protected:
  using Names = std::vector<std::string>;

  DeparturesTest() {
    state.put_node("web-1");
    state.put_node("web-2");
    state.put_service("pay", {"10.0.0.1"});
    state.start();
    let_leave({"web-1", "web-2"});
  }
  ~DeparturesTest() override {
    auto stopped = state.loop.start(departures.stop(5s));
    state.loop.settle();
    EXPECT_TRUE(stopped.is_done());
  }

  void let_leave(const std::vector<std::string>& nodes,
                 std::vector<model::Subscription> subscriptions = {}) {
    model::StoredSubscriptions stored;
    stored.subscriptions = std::move(subscriptions);
    for (const auto& node : nodes) stored.leaving.push_back(DesiredState::to_nodes({node}));
    state.commit({{store::keys::subscriptions(DesiredState::uid_of("pay")),
                   store::pack(json::encode_text(stored)).value()}});
    state.loop.settle();
  }
  void say(const std::string& node, std::optional<bool> removed,
           std::optional<std::string> error = std::nullopt) {
    link::ListWord word;
    word.service = DesiredState::uid_of("pay");
    word.error = std::move(error);
    word.removed = removed;
    fleet.reported(fleet.place(DesiredState::uid_of(node)), {word});
    state.loop.settle();
  }
  std::vector<std::string> leaving() {
    std::vector<std::string> names;
    for (const auto& entry : (*state.catalog.snapshot()->services.find("pay"))->leaving())
      names.push_back(entry.nodes->front());
    return names;
  }
  void subscribe(const Names& nodes) { let_leave({}, {DesiredState::to_nodes(nodes)}); }
  // Whose list is of another revision than everyone's.
  Names canaries() {
    Names names;
    const auto& service = **state.catalog.snapshot()->services.find("pay");
    for (const char* node : {"web-1", "web-2"})
      if (service.pushed_to(node)->revision != service.pushed_to_all()->revision)
        names.emplace_back(node);
    return names;
  }
  void push_to(Names nodes) {
    state.push("pay", 7, {"10.0.0.7"}, std::move(nodes));
    state.loop.settle();
  }
  void set_leaving(const std::string& name, bool is_leaving) {
    auto node = (*state.catalog.snapshot()->nodes.find(name))->value;
    node.leaving.reset();
    if (is_leaving) node.leaving = state.loop.clock().wall();
    state.commit({{store::keys::node(name), store::bytes(json::encode_text(node))}});
    state.loop.settle();
  }
  PlannedListPtr planned(const std::string& node) {
    return planner.list_of(DesiredState::uid_of(node), DesiredState::uid_of("pay"));
  }

  DesiredState state;
  Fleet fleet;
  Editor editor{state.loop.clock(), state.store, state.catalog};
  Planner planner{state.catalog};
  Departures departures{state.loop, state.catalog, fleet, editor};
};

TEST_F(DeparturesTest, a_node_is_told_to_remove_the_files_until_it_says_that_it_has) {
  ASSERT_TRUE(planned("web-1"));
  EXPECT_EQ(planned("web-1")->wish(), Wish::remove);
  EXPECT_NE(planned("web-1")->text()->find(R"("remove_files":true)"), std::string::npos);

  say("web-1", std::nullopt);
  say("web-1", std::nullopt, "read-only file system");
  EXPECT_EQ(leaving(), (Names{"web-1", "web-2"}));
  say("web-1", true);

  EXPECT_EQ(leaving(), Names{"web-2"});
  EXPECT_FALSE(planned("web-1"));
}

TEST_F(DeparturesTest, who_gets_the_list_again_removes_nothing) {
  let_leave({"web-1", "web-2"}, {DesiredState::to_nodes({"web-1"})});

  EXPECT_EQ(leaving(), Names{"web-2"});
  EXPECT_EQ(planned("web-1")->wish(), Wish::publish);
}

TEST_F(DeparturesTest, a_node_that_is_enrolled_no_more_is_not_waited_for) {
  state.remove_node("web-1");
  state.loop.settle();

  EXPECT_EQ(leaving(), Names{"web-2"});
}

TEST_F(DeparturesTest, a_node_that_comes_to_the_catalog_later_hears_of_it) {
  let_leave({});
  EXPECT_FALSE(planned("web-1"));

  let_leave({"web-1"});

  EXPECT_EQ(planned("web-1")->wish(), Wish::remove);
}

TEST_F(DeparturesTest, ends_among_more_subscribers_than_a_plain_value_holds) {
  Names others;
  for (int i = 0; i < 9'000; ++i) others.push_back(fmt::format("{:060}", i));
  let_leave({"web-1"}, {DesiredState::to_nodes(others)});
  auto stored = (*state.catalog.snapshot()->services.find("pay"))->subscriptions_part()->value;
  ASSERT_GT(json::encode_text(stored).size(), store::Limits::value);

  say("web-1", true);

  EXPECT_EQ(leaving(), Names{});
}

TEST_F(DeparturesTest, a_word_that_could_not_be_written_down_is_written_later) {
  state.store.fail_next_commit({Errc::storage_full, "no space left on device", "", {}});
  say("web-1", true);
  EXPECT_EQ(leaving(), (Names{"web-1", "web-2"}));
  state.loop.advance(31s);

  EXPECT_EQ(leaving(), Names{"web-2"});
}

TEST_F(DeparturesTest, a_thousand_words_at_once_are_written_down_together) {
  Names nodes;
  for (int i = 0; i < 1000; ++i) nodes.push_back(fmt::format("db-{}", i));
  for (const auto& node : nodes) state.put_node(node);
  let_leave(nodes);
  auto before = state.store.head();

  link::ListWord word;
  word.service = DesiredState::uid_of("pay");
  word.removed = true;
  for (const auto& node : nodes) fleet.reported(fleet.place(DesiredState::uid_of(node)), {word});
  state.loop.settle();

  EXPECT_EQ(leaving(), Names{});
  EXPECT_LE(state.store.head() - before, 2u);
}

TEST_F(DeparturesTest, who_left_and_came_back_gets_what_all_get) {
  subscribe({"web-1", "web-2"});
  push_to({"web-1"});
  ASSERT_EQ(canaries(), Names{"web-1"});

  subscribe({"web-2"});
  subscribe({"web-1", "web-2"});

  EXPECT_EQ(canaries(), Names{});
  push_to({"web-1"});
  EXPECT_EQ(canaries(), Names{"web-1"}) << "named again";
}

TEST_F(DeparturesTest, who_stays_keeps_what_was_pushed_to_him_and_one_who_left) {
  subscribe({"web-1", "web-2"});
  push_to({"Web-1", "web-2"});

  subscribe({"web-2"});
  EXPECT_EQ(planned("web-2")->mark().revision, 7u);
  subscribe({"web-1", "web-2"});

  EXPECT_EQ(canaries(), Names{"web-2"});
}

TEST_F(DeparturesTest, a_node_whose_labels_took_it_away_has_left) {
  let_leave({}, {DesiredState::to_selector({{"zone", "a"}})});
  state.put_node("web-1", {{"zone", "a"}});
  push_to({"web-1"});
  ASSERT_EQ(canaries(), Names{"web-1"});

  state.put_node("web-1", {{"zone", "b"}});
  state.loop.settle();
  state.put_node("web-1", {{"zone", "a"}});
  state.loop.settle();

  EXPECT_EQ(canaries(), Names{});
}

TEST_F(DeparturesTest, a_node_whose_removal_came_to_nothing_keeps_what_was_pushed_to_it) {
  for (const auto& entry :
       {DesiredState::to_nodes({"web-1"}), DesiredState::to_selector({{"zone", "a"}})}) {
    let_leave({}, {entry});
    state.put_node("web-1", {{"zone", "a"}});
    push_to({"web-1"});

    set_leaving("web-1", true);
    EXPECT_FALSE(planned("web-1"));
    set_leaving("web-1", false);

    EXPECT_EQ(canaries(), Names{"web-1"});
    EXPECT_EQ(planned("web-1")->mark().revision, 7u);
  }
}

TEST_F(DeparturesTest, another_machine_under_the_name_of_one_that_left_gets_what_all_get) {
  let_leave({}, {DesiredState::to_selector({{"zone", "a"}})});
  state.put_node("web-1", {{"zone", "a"}});
  push_to({"web-1"});

  state.remove_node("web-1");
  state.loop.settle();
  state.put_node("web-1", {{"zone", "a"}});

  EXPECT_EQ(canaries(), Names{});
}

}  // namespace
}  // namespace reeve::manager
