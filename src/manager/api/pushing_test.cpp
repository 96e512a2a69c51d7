// Pushes by hand as people ask for them: whom a revision reaches, what stays, what is refused.
#include "manager/api/testing/pushing.hpp"

namespace reeve::manager::api {
namespace {

using model::OperationState;
using model::SubscriberState;
using testing::PushingTest;
using testing::Revision;

TEST_F(PushingTest, an_edit_waits_until_somebody_pushes_it) {
  edit(1);
  EXPECT_EQ(pushed_to("web-1"), Revision());
  EXPECT_EQ(subscriber("web-1").state, SubscriberState::waiting);
  EXPECT_FALSE(service().pushed);

  auto begun = push();

  EXPECT_EQ(pushed_to("web-1"), Revision(1));
  EXPECT_EQ(service().pushed->revision, 1u);
  EXPECT_EQ(service().pushed->by, "administrator-token");
  EXPECT_EQ(operation(begun).state, OperationState::running);
  obey("web-1");
  obey("web-2");
  EXPECT_EQ(operation(begun).state, OperationState::done);
  EXPECT_EQ(subscriber("web-1").state, SubscriberState::current);

  edit(2);
  EXPECT_EQ(pushed_to("web-1"), Revision(1));
  EXPECT_EQ(subscriber("web-1").state, SubscriberState::current);
}

TEST_F(PushingTest, a_canary_gets_it_first_and_a_push_to_all_takes_its_place) {
  edit(1);
  push();
  edit(2);

  push(R"({"nodes":["WEB-1"]})");

  EXPECT_EQ(pushed_to("web-1"), Revision(2));
  EXPECT_EQ(pushed_to("web-2"), Revision(1));
  EXPECT_EQ(service().pushed->revision, 1u);
  push();
  EXPECT_EQ(pushed_to("web-2"), Revision(2));
  edit(3);
  push();
  EXPECT_EQ(pushed_to("web-1"), Revision(3));
}

TEST_F(PushingTest, who_subscribes_later_has_what_was_last_pushed_to_all) {
  edit(1);
  push();
  edit(2);
  push(R"({"nodes":["web-1"]})");
  add_node("web-3");
  connect("web-3");

  ask("PUT", "/services/pay/subscribers/web-3");

  EXPECT_EQ(pushed_to("web-3"), Revision(1));
}

TEST_F(PushingTest, live_state_does_not_wait) {
  edit(2);
  push();
  edit(1);  // 10.0.0.2 is not in the newest revision, and still in the list that apps have
  auto before = subscriber("web-1").pushed;

  auto answer = ask("PATCH", "/services/pay/instances/10.0.0.2:80", R"({"status":"offline"})");

  EXPECT_EQ(answer.status, 200) << answer.body.view();
  auto after = subscriber("web-1").pushed;
  EXPECT_EQ(after->revision, before->revision);
  EXPECT_GT(after->version, before->version);
  EXPECT_NE(list_text("web-1").find("offline"), std::string::npos);
  EXPECT_EQ(service().revision, 2u);
}

TEST_F(PushingTest, a_push_of_an_older_revision_to_an_automatic_service_holds_until_the_next_edit) {
  edit(1, "auto");
  edit(2, "auto");
  EXPECT_EQ(pushed_to("web-1"), Revision(2));
  auto version = subscriber("web-1").pushed->version;

  push(R"({"revision":1})", "rollback");

  EXPECT_EQ(pushed_to("web-1"), Revision(1));
  EXPECT_GT(subscriber("web-1").pushed->version, version);
  version = subscriber("web-1").pushed->version;
  restart();
  EXPECT_EQ(pushed_to("web-1"), Revision(1));
  push();
  EXPECT_EQ(pushed_to("web-1"), Revision(2));
  EXPECT_GT(subscriber("web-1").pushed->version, version);
  push(R"({"revision":1})", "rollback");
  edit(3, "auto");
  EXPECT_EQ(pushed_to("web-1"), Revision(3));
  EXPECT_EQ(service().pushed->revision, 3u);
}

TEST_F(PushingTest, a_service_that_no_longer_pushes_by_itself_leaves_everyone_what_he_has) {
  edit(1, "auto");
  push(R"({"nodes":["web-1"],"revision":1})");
  edit(2, "auto");
  push(R"({"nodes":["web-1"],"revision":1})");

  edit(3, "manual");

  EXPECT_EQ(pushed_to("web-1"), Revision(1));
  EXPECT_EQ(pushed_to("web-2"), Revision(2));
  edit(4, "auto");
  EXPECT_EQ(pushed_to("web-1"), Revision(4));
}

TEST_F(PushingTest, who_says_nothing_of_pushing_changes_nothing_about_it) {
  edit(1);
  push();

  put_service("pay", {"10.0.0.7"});
  ask("PATCH", "/services/pay", R"({"description":"new"})");

  EXPECT_EQ(service().push, model::Push::manual);
  EXPECT_EQ(pushed_to("web-1"), Revision(1));
}

TEST_F(PushingTest, no_push_leaves_apps_without_an_instance_unless_forced) {
  edit(1);
  push();
  edit(0, "manual");

  EXPECT_EQ(error_code(ask("POST", "/services/pay/push")), "would_be_empty");
  EXPECT_EQ(pushed_to("web-1"), Revision(1));
  push(R"({"force":true})");
  EXPECT_EQ(pushed_to("web-1"), Revision(2));
}

TEST_F(PushingTest, live_state_does_not_empty_what_was_pushed_unless_forced) {
  edit(1);
  push();
  edit(2);

  auto path = "/services/pay/instances/10.0.0.1:80";
  EXPECT_EQ(error_code(ask("PATCH", path, R"({"status":"offline"})")), "would_be_empty");
  EXPECT_EQ(ask("PATCH", std::string(path) + "?force=true", R"({"status":"offline"})").status, 200);
}

TEST_F(PushingTest, nor_does_an_edit_that_brings_out_an_empty_one_that_waited) {
  edit(1);
  push();
  edit(0);

  auto answer = ask("PATCH", "/services/pay", R"({"push":"auto"})");

  EXPECT_EQ(error_code(answer), "would_be_empty");
  EXPECT_EQ(pushed_to("web-1"), Revision(1));
}

TEST_F(PushingTest, nor_one_that_ends_a_rollback_to_a_good_one) {
  edit(1, "auto");
  ask("PUT", "/services/pay?force=true", R"({"instances":[]})");
  push(R"({"revision":1})", "rollback");

  auto answer = ask("PATCH", "/services/pay", R"({"description":"new"})");

  EXPECT_EQ(error_code(answer), "would_be_empty");
  EXPECT_EQ(pushed_to("web-1"), Revision(1));
}

TEST_F(PushingTest, live_state_is_judged_by_the_lists_that_somebody_has) {
  edit(2, "auto");
  edit(1, "auto");
  push(R"({"revision":1})", "rollback");  // 10.0.0.2 is still there for all

  auto answer = ask("PATCH", "/services/pay/instances/10.0.0.1:80", R"({"status":"offline"})");

  EXPECT_EQ(answer.status, 200) << answer.body.view();
}

TEST_F(PushingTest, what_only_the_pushed_list_has_is_not_deleted_from_the_newest) {
  edit(2);
  push();
  edit(1);

  EXPECT_EQ(ask("DELETE", "/services/pay/instances/10.0.0.2:80").status, 409);
  auto weight = ask("PATCH", "/services/pay/instances/10.0.0.2:80", R"({"weight":1})");
  EXPECT_EQ(weight.status, 409);
  EXPECT_EQ(service().instances.size(), 1u);
}

// Others come first between a push's decision and its commit: it is decided anew.
// An agent refuses what is older than what it has: whatever people do, a node's version only rises.
TEST_F(PushingTest, refuses_what_is_not_there) {
  edit(1);

  EXPECT_EQ(ask("POST", "/services/none/push").status, 404);
  EXPECT_EQ(ask("POST", "/services/pay/push", R"({"nodes":["web-9"]})").status, 400);
  auto unknown = ask("POST", "/services/pay/rollback", R"({"revision":9})");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(error_field(unknown), "/revision");
  EXPECT_EQ(ask("POST", "/services/pay/rollback").status, 400);
  EXPECT_EQ(ask("GET", "/services/pay/revisions/none").status, 400);
  EXPECT_EQ(ask("GET", "/services/pay/revisions/9").status, 404);
  EXPECT_EQ(ask("GET", "/services/pay/diff?node=web-9").status, 404);
  EXPECT_EQ(ask("GET", "/services/pay/diff?from=0").status, 400);
}

TEST_F(PushingTest, only_so_many_pushes_to_single_nodes_stand_side_by_side) {
  std::string nodes;
  for (std::size_t i = 0; i <= kMostPushes; ++i) {
    add_node(fmt::format("n-{}", i));
    nodes += fmt::format(R"({}"n-{}")", i > 0 ? "," : "", i);
  }
  auto subscriptions = fmt::format(R"(,"push":"manual","subscriptions":[{{"nodes":[{}]}}])", nodes);
  for (std::size_t i = 0; i < kMostPushes; ++i) {
    put_service("cart", {"10.0.0.1"}, fmt::format(R"(,"description":"{}"{})", i, subscriptions));
    auto body = fmt::format(R"({{"nodes":["n-{}"]}})", i);
    ASSERT_EQ(ask("POST", "/services/cart/push", body).status, 202);
  }

  auto last = fmt::format(R"({{"nodes":["n-{}"],"revision":1}})", kMostPushes);
  EXPECT_EQ(ask("POST", "/services/cart/push", last).status, 202);  // joins that of revision 1
  put_service("cart", {"10.0.0.1"}, R"(,"description":"new")" + subscriptions);
  auto refused =
      ask("POST", "/services/cart/push", fmt::format(R"({{"nodes":["n-{}"]}})", kMostPushes));
  EXPECT_EQ(error_code(refused), "too_many");
  EXPECT_EQ(ask("POST", "/services/cart/push").status, 202);
  EXPECT_EQ(ask("DELETE", "/services/cart?cascade=true").status, 204);
}

TEST_F(PushingTest, tells_the_kept_revisions_and_who_has_them) {
  edit(1);
  push();
  edit(2, "manual", R"(,"description":"two")");
  push(R"({"nodes":["web-1"]})");

  auto items = value_of(ask("GET", "/services/pay/revisions")).at("items").as_array();

  ASSERT_EQ(items.size(), 2u);
  auto newest = json::decode<RevisionItem>(items[0], json::Mode::lenient).value();
  auto oldest = json::decode<RevisionItem>(items[1], json::Mode::lenient).value();
  EXPECT_EQ(newest.revision, 2u);
  EXPECT_EQ(newest.instances, 2u);
  EXPECT_EQ(newest.description, "two");
  EXPECT_EQ(newest.nodes, std::vector<std::string>{"web-1"});
  EXPECT_FALSE(newest.pushed_to_all);
  EXPECT_TRUE(oldest.pushed_to_all);
  EXPECT_EQ(oldest.by, "administrator-token");
  auto first = value_of(ask("GET", "/services/pay/revisions?limit=1"));
  auto cursor = std::string(first.at("next").as_string());
  auto second = value_of(ask("GET", "/services/pay/revisions?limit=1&cursor=" + cursor));
  EXPECT_EQ(second.at("items").at(0).at("revision"), 1);
  auto content = as<RevisionContent>(ask("GET", "/services/pay/revisions/1"));
  EXPECT_EQ(content.instances.size(), 1u);
  EXPECT_EQ(content.description, "");
}

TEST_F(PushingTest, tells_what_a_push_would_change) {
  edit(2);
  EXPECT_EQ(diff().from, Revision());
  EXPECT_EQ(diff().added.size(), 2u);
  push();
  obey("web-1");
  EXPECT_TRUE(diff().same);

  edit(3, "manual", R"(,"description":"three")");
  ask("PATCH", "/services/pay/instances/10.0.0.1:80", R"({"weight":7})");
  ask("DELETE", "/services/pay/instances/10.0.0.2:80");

  auto told = diff();
  EXPECT_EQ(told.from, Revision(1));
  EXPECT_EQ(told.to, 4u);
  EXPECT_FALSE(told.same);
  ASSERT_EQ(told.added.size(), 1u);
  EXPECT_EQ(told.added[0].id(), "10.0.0.3:80");
  ASSERT_EQ(told.removed.size(), 1u);
  EXPECT_EQ(told.removed[0].id(), "10.0.0.2:80");
  ASSERT_EQ(told.changed.size(), 1u);
  EXPECT_EQ(told.changed[0].after.weight, 7);
  EXPECT_EQ(told.description->after, "three");
  EXPECT_EQ(diff("?node=web-1").from, Revision(1));
  EXPECT_EQ(diff("?node=web-2").from, Revision());
  EXPECT_TRUE(diff("?from=2&to=2").same);
}

TEST_F(PushingTest, lists_the_services_of_a_set) {
  edit(1, "auto", R"(,"set":"shop")");
  put_service("cart", {"10.0.0.1"});

  auto items = value_of(ask("GET", "/services?set=shop")).at("items").as_array();

  ASSERT_EQ(items.size(), 1u);
  EXPECT_EQ(items[0].at("name"), "pay");
  EXPECT_EQ(put_service("shelf", {"10.0.0.1"}, R"(,"set":"a b")").status, 400);
}

}  // namespace
}  // namespace reeve::manager::api
