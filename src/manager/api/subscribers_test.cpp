#include "manager/api/testing/harness.hpp"
#include "model/service.hpp"

namespace reeve::manager::api {
namespace {

using model::Subscriber;
using model::SubscriberState;

class SubscribersTest : public testing::ApiTest {
 protected:
  Subscriber subscriber() { return as<Subscriber>(ask("GET", "/services/pay/subscribers/web-1")); }
  model::ListMark pushed() { return subscriber().pushed.value(); }
};

TEST_F(SubscribersTest, put_adds_one_node_and_replaces_its_entry_alone) {
  add_node("web-1");
  add_node("web-2");
  put_service("pay", {"10.0.0.1"}, R"(,"subscriptions":[{"nodes":["web-2"]}])");

  auto added = ask("PUT", "/services/pay/subscribers/web-1", R"({"outputs":[{"format":"json"}]})");
  auto replaced = ask("PUT", "/services/pay/subscribers/web-1", "{}");

  EXPECT_EQ(added.status, 201);
  EXPECT_EQ(as<Subscriber>(added).outputs[0].format, model::Format::json);
  EXPECT_EQ(replaced.status, 200);
  auto listed = value_of(ask("GET", "/services/pay/subscribers"));
  EXPECT_EQ(listed.at("items").as_array().size(), 2u);
  EXPECT_EQ(as<model::Service>(ask("GET", "/services/pay")).revision, 1u);
}

TEST_F(SubscribersTest, the_same_entry_again_writes_nothing) {
  add_node("web-1");
  put_service("pay", {"10.0.0.1"});
  ask("PUT", "/services/pay/subscribers/web-1", "{}");
  auto head = store->head();

  EXPECT_EQ(ask("PUT", "/services/pay/subscribers/web-1").status, 200);

  EXPECT_EQ(store->head(), head);
}

TEST_F(SubscribersTest, a_node_that_has_not_joined_is_not_found_with_a_hint) {
  put_service("pay", {"10.0.0.1"});

  auto refused = ask("PUT", "/services/pay/subscribers/web-1", "{}");

  EXPECT_EQ(refused.status, 404);
  EXPECT_NE(refused.body.view().find("join-token create"), std::string_view::npos);
}

TEST_F(SubscribersTest, the_state_is_the_agents_word) {
  add_node("web-1");
  put_service("pay", {"10.0.0.1"}, R"(,"subscriptions":[{"nodes":["web-1"]}])");
  EXPECT_EQ(subscriber().state, SubscriberState::down);

  connect("web-1");
  EXPECT_EQ(subscriber().state, SubscriberState::pending);
  say("web-1", std::nullopt, "no space left on device");
  EXPECT_EQ(subscriber().state, SubscriberState::failed);
  EXPECT_EQ(subscriber().error, "no space left on device");
  say("web-1", pushed());
  EXPECT_EQ(subscriber().state, SubscriberState::current);
  EXPECT_EQ(subscriber().applied, pushed());

  put_service("pay", {"10.0.0.2"});
  EXPECT_EQ(subscriber().state, SubscriberState::pending);
}

TEST_F(SubscribersTest, an_error_is_about_the_list_that_the_agent_tried_and_not_about_a_later_one) {
  add_node("web-1");
  put_service("pay", {"10.0.0.1"}, R"(,"subscriptions":[{"nodes":["web-1"]}])");
  connect("web-1");
  ask("PUT", "/services/pay/subscribers/web-1", R"({"outputs":[{"path":"/etc/passwd"}]})");
  auto before = subscriber();
  AskedList asked{pushed(), model::outputs_mark(before.outputs)};
  Fleet::asked(fleet->place("uid-web-1"), as<model::Service>(ask("GET", "/services/pay")).uid,
               asked);
  say("web-1", std::nullopt, "lies outside the publish roots");
  EXPECT_EQ(subscriber().state, SubscriberState::failed);

  ask("PUT", "/services/pay/subscribers/web-1", "{}");

  EXPECT_EQ(subscriber().state, SubscriberState::pending);
  EXPECT_EQ(subscriber().error, std::nullopt);
}

TEST_F(SubscribersTest, who_has_the_list_in_other_files_is_not_current) {
  add_node("web-1");
  put_service("pay", {"10.0.0.1"}, R"(,"subscriptions":[{"nodes":["web-1"]}])");
  connect("web-1");
  auto before = model::outputs_mark(model::default_outputs());
  say("web-1", pushed(), std::nullopt, before);
  EXPECT_EQ(subscriber().state, SubscriberState::current);

  ask("PUT", "/services/pay/subscribers/web-1", R"({"outputs":[{"format":"env"}]})");
  EXPECT_EQ(subscriber().state, SubscriberState::pending);
  say("web-1", pushed(), std::nullopt, model::outputs_mark(subscriber().outputs));
  EXPECT_EQ(subscriber().state, SubscriberState::current);
  // An agent that does not say which files it made.
  say("web-1", pushed());
  EXPECT_EQ(subscriber().state, SubscriberState::current);
}

TEST_F(SubscribersTest, selectors_take_nodes_by_their_labels_and_cannot_be_left_one_by_one) {
  add_node("web-1", {{"role", "web"}});
  put_service("pay", {"10.0.0.1"}, R"(,"subscriptions":[{"selector":{"role":"web"}}])");

  EXPECT_EQ(subscriber().node, "web-1");
  EXPECT_EQ(ask("DELETE", "/services/pay/subscribers/web-1").status, 409);
  EXPECT_EQ(ask("DELETE", "/services/pay/subscribers/web-2").status, 404);
}

TEST_F(SubscribersTest, delete_takes_the_nodes_entry_away) {
  add_node("web-1");
  put_service("pay", {"10.0.0.1"}, R"(,"subscriptions":[{"nodes":["web-1"]}])");

  EXPECT_EQ(ask("DELETE", "/services/pay/subscribers/web-1?remove_file=false").status, 204);
  EXPECT_EQ(ask("GET", "/services/pay/subscribers/web-1").status, 404);
}

TEST_F(SubscribersTest, a_wish_to_remove_the_file_is_kept_until_it_is_put_again) {
  add_node("web-1");
  put_service("pay", {"10.0.0.1"});
  ask("PUT", "/services/pay/subscribers/web-1", R"({"outputs":[{"path":"/l/x.conf"}]})");
  auto leaving = [&] { return (*catalog->snapshot()->services.find("pay"))->leaving(); };

  auto removed = ask("DELETE", "/services/pay/subscribers/web-1?remove_file=true");

  EXPECT_EQ(removed.status, 200);
  EXPECT_TRUE(value_of(ask("GET", "/services/pay/subscribers")).at("items").as_array().empty());
  ASSERT_EQ(leaving().size(), 1u);
  EXPECT_EQ(leaving()[0].nodes, std::vector<std::string>{"web-1"});
  EXPECT_EQ(leaving()[0].outputs[0].path, "/l/x.conf");
  ask("PUT", "/services/pay/subscribers/web-1", "{}");
  EXPECT_TRUE(leaving().empty());
}

TEST_F(SubscribersTest, nobody_removes_a_file_that_a_selector_goes_on_writing) {
  add_node("web-1", {{"idc", "bj"}});
  put_service("pay", {"10.0.0.1"},
              R"(,"subscriptions":[{"nodes":["web-1"]},{"selector":{"idc":"bj"}}])");

  EXPECT_EQ(ask("DELETE", "/services/pay/subscribers/web-1?remove_file=true").status, 204);

  EXPECT_TRUE((*catalog->snapshot()->services.find("pay"))->leaving().empty());
  EXPECT_EQ(subscriber().node, "web-1");
}

TEST_F(SubscribersTest, selectors_are_edited_one_by_one_however_many_do_so_at_once) {
  put_service("pay", {"10.0.0.1"}, R"(,"subscriptions":[{"selector":{"idc":"gone"}}])");
  auto begin = [&](const std::string& verb, const std::string& body) {
    return loop.start(api->handle(make("POST", "/api/v1/services/pay/" + verb, body,
                                       tokens[model::Role::administrator], {})));
  };

  std::vector<decltype(begin("", ""))> answers;
  for (int i = 0; i < 20; ++i)
    answers.push_back(begin("subscribe", fmt::format(R"({{"selector":{{"n":"{}"}}}})", i)));
  answers.push_back(begin("unsubscribe", R"({"selector":{"idc":"gone"}})"));
  loop.settle();

  for (auto& answer : answers) EXPECT_EQ(answer.value().status, 200);
  EXPECT_EQ(as<model::Service>(ask("GET", "/services/pay")).subscriptions.size(), 20u);
}

TEST_F(SubscribersTest, a_selector_has_one_entry_which_is_replaced_and_removed) {
  put_service("pay", {"10.0.0.1"});
  ask("POST", "/services/pay/subscribe", R"({"selector":{"idc":"bj"}})");

  auto replaced = ask("POST", "/services/pay/subscribe",
                      R"({"selector":{"idc":"bj"},"outputs":[{"format":"json"}]})");
  auto unknown = ask("POST", "/services/pay/unsubscribe", R"({"selector":{"idc":"sh"}})");

  auto entries = as<model::Service>(replaced).subscriptions;
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(entries[0].outputs[0].format, model::Format::json);
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(ask("POST", "/services/pay/subscribe", "{}").status, 400);
  EXPECT_EQ(ask("POST", "/services/none/subscribe", R"({"selector":{"a":"b"}})").status, 404);
}

TEST_F(SubscribersTest, of_a_name_that_no_node_has_the_status_speaks) {
  put_service("pay", {"10.0.0.1"}, R"(,"subscriptions":[{"nodes":["web-9"]}])");

  auto troubles = value_of(ask("GET", "/status")).at("troubles").as_array();

  ASSERT_EQ(troubles.size(), 1u);
  EXPECT_EQ(troubles[0].at("node").as_string(), "web-9");
  EXPECT_EQ(troubles[0].at("error").as_string(), "no node of this name has joined");
}

TEST_F(SubscribersTest, names_that_no_node_has_hide_no_failure_in_the_status) {
  std::string names;
  for (int i = 0; i < 120; ++i) names += fmt::format(R"("db-{:03}",)", i);
  add_node("web-1");
  connect("web-1");
  put_service("pay", {"10.0.0.1"}, R"(,"subscriptions":[{"nodes":[)" + names + R"("web-1"]}])");
  say("web-1", std::nullopt, "disk is full");

  auto troubles = value_of(ask("GET", "/status")).at("troubles").as_array();

  ASSERT_EQ(troubles.size(), 100u);
  EXPECT_EQ(troubles[0].at("node").as_string(), "web-1");
  EXPECT_EQ(troubles[1].at("node").as_string(), "db-000");
}

}  // namespace
}  // namespace reeve::manager::api
