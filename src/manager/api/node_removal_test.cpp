#include "manager/api/testing/harness.hpp"
#include "manager/api/types.hpp"

#include <gtest/gtest.h>

namespace reeve::manager::api {
namespace {

using namespace std::chrono_literals;
using Names = std::vector<std::string>;

class NodeRemovalTest : public testing::ApiTest {
 protected:
  NodeRemovalTest() {
    add_node("web-1", {{"role", "web"}});
    put_service("pay", {"10.0.0.1"}, R"(,"subscriptions":[{"selector":{"role":"web"}}])");
  }

  /// The agent is there, and has its list.
  void connect() {
    fleet->connected(kUid, "10.1.0.1:4000", "1.0", loop.clock().wall());
    link::ListWord word;
    word.service = as<model::Service>(ask("GET", "/services/pay")).uid;
    word.applied = model::ListMark{1, catalog->snapshot()->revision};
    applies({word});
    settled_nodes.clear();  // of what comes next it has not spoken
  }
  model::StoredNode stored() { return (*catalog->snapshot()->nodes.find("web-1"))->value; }
  void store_node(const model::StoredNode& node) {
    commit({{store::keys::node("web-1"), store::bytes(json::encode_text(node))}});
  }
  /// Says what it has, which is what it shall have.
  void applies(const std::vector<link::ListWord>& words) {
    settled_nodes.insert(kUid);
    fleet->applied(fleet->place(kUid), catalog->snapshot()->revision, words);
    loop.settle();
  }
  async::testing::Outcome<net::Response> begin(HeaderList headers = {}) {
    auto outcome = loop.start(api->handle(
        make("DELETE", "/api/v1/nodes/web-1", "", tokens[model::Role::administrator], headers)));
    loop.settle();
    return outcome;
  }
  Status status() { return as<Status>(ask("GET", "/status")); }
  Names audited() {
    Names actions;
    auto snapshot = catalog->snapshot();
    for (const auto& item : snapshot->audit)
      if (item.value->index.object == "node/web-1") actions.push_back(item.value->index.action);
    return actions;
  }

  static constexpr const char* kUid = "uid-web-1";
};

TEST_F(NodeRemovalTest, takes_all_work_from_the_node_and_waits_for_its_agents_word) {
  connect();

  auto removal = begin();
  ASSERT_FALSE(removal.is_done());
  EXPECT_TRUE(as<model::Node>(ask("GET", "/nodes/web-1")).leaving);
  EXPECT_TRUE(planner->plan_of(kUid)->empty());
  EXPECT_EQ(error_code(ask("PUT", "/services/pay/subscribers/web-1")), "conflict");
  EXPECT_TRUE(value_of(ask("GET", "/services/pay/subscribers")).at("items").as_array().empty());

  applies({});
  ASSERT_TRUE(removal.is_done());
  auto removed = as<NodeRemoval>(removal.value());
  EXPECT_EQ(removed.object, "node/web-1");
  EXPECT_EQ(removed.services, Names{"pay"});
  EXPECT_EQ(removed.unconfirmed, Names{});
  EXPECT_EQ(ask("GET", "/nodes/web-1").status, 404);
  EXPECT_EQ(status().unconfirmed_count, 0u);
  EXPECT_EQ(audited(), (Names{"node.drain", "node.delete"}));
}

TEST_F(NodeRemovalTest, a_node_that_is_down_goes_at_once_and_is_unconfirmed_until_it_was_told) {
  auto removed = as<NodeRemoval>(ask("DELETE", "/nodes/web-1"));

  EXPECT_EQ(removed.unconfirmed, Names{"web-1"});
  ASSERT_EQ(status().unconfirmed_count, 1u);
  EXPECT_EQ(status().unconfirmed[0].node, "web-1");
  EXPECT_EQ(status().unconfirmed[0].object, "node/web-1");
  EXPECT_EQ(status().unconfirmed[0].services, Names{"pay"});

  removals->on_turned_away(kUid, "another key");
  removals->on_turned_away("uid-web-2", "");
  loop.settle();
  EXPECT_EQ(status().unconfirmed_count, 1u);

  restart();
  removals->on_turned_away(kUid, "");
  loop.settle();
  EXPECT_EQ(status().unconfirmed_count, 0u);
  EXPECT_EQ(audited(), (Names{"node.delete", "node.told"}));
}

TEST_F(NodeRemovalTest, the_nodes_key_is_remembered_whether_it_confirmed_or_not) {
  auto node = stored();
  node.key_fingerprint = "k1";
  store_node(node);
  connect();
  settled_nodes.insert(kUid);
  EXPECT_EQ(as<NodeRemoval>(ask("DELETE", "/nodes/web-1")).unconfirmed, Names{});
  node.key_fingerprint = "k2";
  store_node(node);
  ask("DELETE", "/nodes/web-1?force=true");

  auto snapshot = catalog->snapshot();
  for (const char* key : {"k1", "k2"}) {
    const auto* found = snapshot->removed_keys.find(key);
    ASSERT_TRUE(found) << key;
    EXPECT_EQ((*found)->value.node, "web-1");
  }
}

TEST_F(NodeRemovalTest, an_agent_that_does_not_answer_is_waited_for_20_seconds) {
  connect();

  auto removal = begin();
  loop.advance(19s);
  ASSERT_FALSE(removal.is_done());
  loop.advance(2s);

  ASSERT_TRUE(removal.is_done());
  EXPECT_EQ(as<NodeRemoval>(removal.value()).unconfirmed, Names{"web-1"});
  EXPECT_EQ(ask("GET", "/nodes/web-1").status, 404);
}

TEST_F(NodeRemovalTest, an_agent_that_goes_down_meanwhile_is_not_waited_for) {
  connect();

  auto removal = begin();
  fleet->disconnected(kUid, loop.clock().wall());
  loop.settle();

  ASSERT_TRUE(removal.is_done());
  EXPECT_EQ(as<NodeRemoval>(removal.value()).unconfirmed, Names{"web-1"});
}

TEST_F(NodeRemovalTest, an_agent_that_has_nothing_has_nothing_to_confirm) {
  ask("DELETE", "/services/pay?cascade=true");
  fleet->connected(kUid, "10.1.0.1:4000", "1.0", loop.clock().wall());
  settled_nodes.insert(kUid);

  EXPECT_EQ(as<NodeRemoval>(ask("DELETE", "/nodes/web-1")).unconfirmed, Names{});
}

TEST_F(NodeRemovalTest, an_agent_that_confirmed_a_drain_before_confirms_the_removal) {
  connect();
  auto removal = begin();
  removals->end_waits();
  loop.settle();
  ASSERT_EQ(removal.value().status, 503);
  restart();
  fleet->connected(kUid, "10.1.0.1:4000", "1.0", loop.clock().wall());
  settled_nodes.insert(kUid);

  EXPECT_EQ(as<NodeRemoval>(ask("DELETE", "/nodes/web-1")).unconfirmed, Names{});
}

TEST_F(NodeRemovalTest, after_a_restart_in_the_middle_its_agents_word_is_waited_for) {
  connect();
  auto first = begin();
  removals->end_waits();
  loop.settle();
  restart();
  fleet->connected(kUid, "10.1.0.1:4000", "1.0", loop.clock().wall());

  auto removal = begin();
  EXPECT_FALSE(removal.is_done()) << "its plan was empty, but what it has is not known";
  applies({});
  ASSERT_TRUE(removal.is_done());
  EXPECT_EQ(as<NodeRemoval>(removal.value()).unconfirmed, Names{});
}

TEST_F(NodeRemovalTest, a_node_whose_removal_is_refused_at_the_end_gets_its_work_again) {
  connect();
  auto removal = begin({{"If-Match", "\"1\""}});
  ASSERT_FALSE(removal.is_done());
  auto node = stored();
  ++node.revision;
  store_node(node);
  applies({});

  ASSERT_TRUE(removal.is_done());
  EXPECT_EQ(removal.value().status, 412);
  EXPECT_FALSE(as<model::Node>(ask("GET", "/nodes/web-1")).leaving);
  EXPECT_EQ(planner->plan_of(kUid)->size(), 1u);
  EXPECT_EQ(audited(), (Names{"node.drain", "node.undrain"}));
}

TEST_F(NodeRemovalTest, a_node_whose_removal_cannot_be_written_gets_its_work_again) {
  connect();
  auto removal = begin();
  store->fail_next_commit({Errc::storage_full, "no space left on device", "", {}});
  applies({});

  ASSERT_TRUE(removal.is_done());
  EXPECT_EQ(removal.value().status, 507);
  EXPECT_FALSE(stored().leaving);
}

TEST_F(NodeRemovalTest, that_a_node_stays_drained_is_said) {
  connect();
  auto removal = begin();
  for (int i = 0; i < 2; ++i)
    store->fail_next_commit({Errc::storage_full, "no space left on device", "", {}});
  applies({});

  ASSERT_TRUE(removal.is_done());
  EXPECT_EQ(removal.value().status, 507);
  EXPECT_NE(removal.value().body.view().find("gets nothing until it is removed"),
            std::string_view::npos);
  EXPECT_TRUE(stored().leaving);
}

TEST_F(NodeRemovalTest, a_machine_that_takes_the_nodes_place_meanwhile_is_not_removed) {
  connect();
  auto removal = begin();
  auto node = stored();
  node.key_fingerprint = "another";
  node.leaving.reset();
  store_node(node);
  applies({});

  ASSERT_TRUE(removal.is_done());
  EXPECT_EQ(error_code(removal.value()), "conflict");
  EXPECT_EQ(stored().key_fingerprint, "another");
}

TEST_F(NodeRemovalTest, who_names_the_node_while_it_leaves_loses_it) {
  connect();
  auto removal = begin();
  put_service("mail", {"10.0.0.1"}, R"(,"subscriptions":[{"nodes":["web-1"]}])");
  applies({});

  ASSERT_TRUE(removal.is_done());
  EXPECT_EQ(removal.value().status, 200);
  EXPECT_EQ(ask("GET", "/nodes/web-1").status, 404);
  EXPECT_TRUE(as<model::Service>(ask("GET", "/services/mail")).subscriptions.empty());
}

TEST_F(NodeRemovalTest, force_waits_for_nobody_and_of_a_removed_node_forgets_that) {
  connect();

  EXPECT_EQ(as<NodeRemoval>(ask("DELETE", "/nodes/web-1?force=true")).unconfirmed, Names{"web-1"});

  EXPECT_EQ(ask("DELETE", "/nodes/web-1").status, 404);
  EXPECT_EQ(status().unconfirmed_count, 1u);
  EXPECT_EQ(ask("DELETE", "/nodes/WEB-1?force=true").status, 200);
  EXPECT_EQ(status().unconfirmed_count, 0u);
  EXPECT_EQ(ask("DELETE", "/nodes/web-1?force=true").status, 404);
}

TEST_F(NodeRemovalTest, a_dry_run_says_what_would_be_taken_and_who_could_not_confirm) {
  auto preview = as<NodeRemoval>(ask("DELETE", "/nodes/web-1?dry_run=true"));
  EXPECT_EQ(preview.services, Names{"pay"});
  EXPECT_EQ(preview.used_by, Names{});
  EXPECT_EQ(preview.unconfirmed, Names{"web-1"});

  connect();
  preview = as<NodeRemoval>(ask("DELETE", "/nodes/web-1?dry_run=true"));
  EXPECT_EQ(preview.state, model::NodeState::up);
  EXPECT_EQ(preview.unconfirmed, Names{});
  EXPECT_FALSE(as<model::Node>(ask("GET", "/nodes/web-1")).leaving);
}

TEST_F(NodeRemovalTest, a_manager_that_stops_leaves_the_rest_to_the_next_request) {
  connect();

  auto removal = begin();
  removals->end_waits();
  loop.settle();
  ASSERT_TRUE(removal.is_done());
  EXPECT_EQ(removal.value().status, 503);
  EXPECT_TRUE(as<model::Node>(ask("GET", "/nodes/web-1")).leaving);
  restart();

  EXPECT_EQ(ask("DELETE", "/nodes/web-1").status, 200);
  EXPECT_EQ(ask("GET", "/nodes/web-1").status, 404);
}

TEST_F(NodeRemovalTest, a_node_that_shall_remove_a_file_is_unconfirmed_until_it_has) {
  add_node("web-2");
  ask("PUT", "/services/pay/subscribers/web-2");

  auto removed = ask("DELETE", "/services/pay/subscribers/web-2?remove_file=true");

  EXPECT_EQ(as<SubscriberRemoval>(removed).unconfirmed, Names{"web-2"});
  ASSERT_EQ(status().unconfirmed_count, 1u);
  EXPECT_EQ(status().unconfirmed[0].object, "service/pay");
  EXPECT_EQ(status().unconfirmed[0].node, "web-2");
}

TEST_F(NodeRemovalTest, a_service_whose_files_are_still_to_be_removed_is_not_deleted_unasked) {
  add_node("web-2");
  put_service("mail", {"10.0.0.1"}, R"(,"subscriptions":[{"nodes":["web-2"]}])");
  ask("DELETE", "/services/mail/subscribers/web-2?remove_file=true");

  auto refused = ask("DELETE", "/services/mail");

  EXPECT_EQ(refused.status, 409);
  EXPECT_NE(refused.body.view().find("web-2 (to remove its file)"), std::string_view::npos);
  EXPECT_EQ(ask("DELETE", "/services/mail?cascade=true").status, 204);
}

}  // namespace
}  // namespace reeve::manager::api
