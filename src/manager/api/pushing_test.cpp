// Pushes by hand as people ask for them: whom a revision reaches, what stays, what is refused.
#include "manager/api/push_edit.hpp"
#include "manager/api/testing/harness.hpp"
#include "manager/api/types.hpp"

#include <random>

namespace reeve::manager::api {
namespace {

using model::OperationState;
using model::SubscriberState;
using Revision = std::optional<std::uint64_t>;

class PushingTest : public testing::ApiTest {
 protected:
  PushingTest() {
    for (const char* node : {"web-1", "web-2"}) {
      add_node(node);
      connect(node);
    }
  }

  void connect(const std::string& node) {
    fleet->connected("uid-" + node, "127.0.0.1", "0.1.0", loop.clock().wall());
  }
  // Revision n of the service has n instances; the subscribers are web-1 and web-2.
  void edit(std::size_t count, const std::string& push = "manual", const std::string& more = "") {
    std::string instances;
    for (std::size_t i = 1; i <= count; ++i)
      instances += fmt::format(R"({}{{"ip":"10.0.0.{}","port":80}})", i > 1 ? "," : "", i);
    auto answer = ask("PUT", "/services/pay",
                      fmt::format(R"({{"instances":[{}],"push":"{}",
                                      "subscriptions":[{{"nodes":["web-1","web-2"]}}]{}}})",
                                  instances, push, more));
    EXPECT_LT(answer.status, 300) << answer.body.view();
  }
  model::Operation push(std::string body = "", const std::string& verb = "push") {
    auto answer = ask("POST", "/services/pay/" + verb, std::move(body));
    EXPECT_EQ(answer.status, 202) << answer.body.view();
    return as<OperationAnswer>(answer).operation;
  }
  model::Operation operation(const model::Operation& begun) {
    return as<OperationAnswer>(ask("GET", "/operations/" + begun.uid)).operation;
  }
  model::Subscriber subscriber(const std::string& node) {
    return as<model::Subscriber>(ask("GET", "/services/pay/subscribers/" + node));
  }
  // What the node shall have: by what the API says and by what the planner does.
  Revision pushed_to(const std::string& node) {
    auto said = subscriber(node).pushed;
    auto list = planner->list_of("uid-" + node, service().uid);
    EXPECT_EQ(said.has_value(), list != nullptr);
    if (!said || !list) return {};
    EXPECT_EQ(*said, list->mark());
    return said->revision;
  }
  model::Service service() { return as<model::Service>(ask("GET", "/services/pay")); }
  // The agent has what it shall have.
  void obey(const std::string& node) {
    link::ListWord word;
    word.service = service().uid;
    word.applied = subscriber(node).pushed;
    fleet->reported(fleet->place("uid-" + node), {word});
    loop.settle();
  }
  std::string list_text(const std::string& node) {
    auto list = planner->list_of("uid-" + node, service().uid);
    return list ? std::string(*list->upsert()) : "";
  }
  std::size_t operation_count() { return catalog->snapshot()->operations.size(); }
  class RandomService;

  RevisionDiff diff(const std::string& query = "") {
    return as<RevisionDiff>(ask("GET", "/services/pay/diff" + query));
  }
};

// A service with which people do anything that they may.
class PushingTest::RandomService {
 public:
  RandomService(PushingTest& test, const std::string& name, std::mt19937& random)
      : test_(test), path_("/services/" + name), random_(random) {
    put("auto");
    for (const char* node : {"web-1", "web-2"}) test_.ask("PUT", path_ + "/subscribers/" + node);
  }

  void take_a_step() {
    auto node = fmt::format("web-{}", pick(2) + 1);
    auto revision = test_.as<model::Service>(test_.ask("GET", path_)).revision;
    auto older = pick(static_cast<int>(revision)) + 1;
    int step = pick(10);
    steps_ += fmt::format("{}:{}:{} ", step, node, older);
    switch (step) {
      case 0: return put("auto");
      case 1: return put("manual");
      case 2: return push("push", fmt::format(R"({{"nodes":["{}"]}})", node));
      case 3: return push("push", "{}");
      case 4: return push("rollback", fmt::format(R"({{"revision":{}}})", older));
      case 5:
        return push("rollback", fmt::format(R"({{"revision":{},"nodes":["{}"]}})", older, node));
      case 6: return set_status(pick(2) == 0 ? "offline" : "online");
      case 7: test_.ask("PUT", path_ + "/subscribers/" + node); return;
      case 8: test_.ask("DELETE", path_ + "/subscribers/" + node); return;
      default:
        if (pick(4) == 0) test_.restart();
    }
  }

  bool has_risen() {
    auto uid = test_.as<model::Service>(test_.ask("GET", path_)).uid;
    for (const char* node : {"uid-web-1", "uid-web-2"}) {
      auto list = test_.planner->list_of(node, uid);
      if (!list) continue;
      if (list->mark().version < versions_[node]) return false;
      versions_[node] = list->mark().version;
    }
    return true;
  }

  const std::string& steps() const { return steps_; }

 private:
  int pick(int count) { return static_cast<int>(random_() % static_cast<unsigned>(count)); }
  void put(const char* mode) {
    std::string instances;
    for (int i = pick(4); i > 0; --i)
      instances += fmt::format(R"({}{{"ip":"10.0.0.{}","port":80,"weight":{}}})",
                               instances.empty() ? "" : ",", i, 50 + pick(2));
    test_.ask("PUT", path_ + "?force=true",
              fmt::format(R"({{"instances":[{}],"push":"{}"}})", instances, mode));
  }
  void push(const char* verb, std::string body) {
    test_.ask("POST", fmt::format("{}/{}?force=true", path_, verb), std::move(body));
  }
  void set_status(const char* status) {
    test_.ask("PATCH", fmt::format("{}/instances/10.0.0.{}:80?force=true", path_, pick(3) + 1),
              fmt::format(R"({{"status":"{}"}})", status));
  }

  PushingTest& test_;
  std::string path_;
  std::mt19937& random_;
  std::map<std::string, std::uint64_t> versions_;  // by node
  std::string steps_;
};

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

TEST_F(PushingTest, what_was_pushed_is_the_same_after_a_restart) {
  edit(1);
  push();
  edit(2);
  push(R"({"nodes":["web-1"]})");
  edit(3);
  auto before = subscriber("web-2").pushed;

  restart();

  EXPECT_EQ(pushed_to("web-1"), Revision(2));
  EXPECT_EQ(subscriber("web-2").pushed, before);
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

TEST_F(PushingTest, a_push_that_another_overtakes_says_so) {
  edit(1);
  auto first = push();
  edit(2);
  obey("web-1");

  auto second = push();
  obey("web-1");
  obey("web-2");

  auto overtaken = operation(first);
  EXPECT_EQ(overtaken.state, OperationState::cancelled);
  EXPECT_EQ(overtaken.results[0].state, OperationState::done);
  EXPECT_EQ(overtaken.results[1].error, "revision 2 took its place");
  EXPECT_EQ(operation(second).state, OperationState::done);
}

TEST_F(PushingTest, who_is_no_subscriber_any_more_is_not_waited_for) {
  edit(1);
  auto begun = push();
  obey("web-1");

  ask("DELETE", "/services/pay/subscribers/web-2");
  loop.settle();

  EXPECT_EQ(operation(begun).state, OperationState::cancelled);
  EXPECT_EQ(operation(begun).results[1].error, "it is no subscriber any more");
}

TEST_F(PushingTest, a_removed_service_ends_its_pushes) {
  edit(1);
  auto begun = push();

  EXPECT_EQ(ask("DELETE", "/services/pay?cascade=true").status, 204);
  loop.settle();

  EXPECT_EQ(operation(begun).state, OperationState::failed);
  EXPECT_EQ(operation(begun).results[0].error, "the service was removed");
  edit(1);
  EXPECT_EQ(pushed_to("web-1"), Revision());
}

TEST_F(PushingTest, cancelling_takes_nothing_back) {
  edit(1);
  auto begun = push();

  EXPECT_EQ(ask("DELETE", "/operations/" + begun.uid).status, 200);

  EXPECT_EQ(pushed_to("web-2"), Revision(1));
}

TEST_F(PushingTest, two_people_at_once_leave_one_revision_for_all) {
  edit(1);
  push();
  edit(2);
  edit(3);
  auto one = loop.start(api->handle(make("POST", "/api/v1/services/pay/push", R"({"revision":2})",
                                         tokens[model::Role::operator_], {})));
  auto other = loop.start(api->handle(make("POST", "/api/v1/services/pay/push", R"({"revision":3})",
                                           tokens[model::Role::administrator], {})));
  loop.settle();

  ASSERT_TRUE(one.is_done() && other.is_done());
  EXPECT_EQ(one.value().status, 202);
  EXPECT_EQ(other.value().status, 202);
  EXPECT_EQ(pushed_to("web-1"), Revision(3));
  EXPECT_EQ(pushed_to("web-2"), Revision(3));
  EXPECT_EQ(operation(as<OperationAnswer>(one.value()).operation).state, OperationState::cancelled);
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

TEST_F(PushingTest, a_push_said_twice_is_done_with_its_own_revision_alone) {
  edit(1);
  push();
  edit(2);
  push();
  auto again = push();

  push(R"({"revision":1})", "rollback");
  obey("web-1");
  obey("web-2");

  EXPECT_EQ(operation(again).revision, Revision(2));
  EXPECT_EQ(operation(again).state, OperationState::cancelled);
}

TEST_F(PushingTest, is_done_with_the_revision_however_live_state_goes_on) {
  edit(2);
  auto begun = push();
  auto had = subscriber("web-1").pushed;
  ask("PATCH", "/services/pay/instances/10.0.0.1:80", R"({"status":"offline"})");

  link::ListWord word;
  word.service = service().uid;
  word.applied = had;
  for (const char* node : {"web-1", "web-2"})
    fleet->reported(fleet->place(std::string("uid-") + node), {word});
  loop.settle();

  EXPECT_EQ(operation(begun).state, OperationState::done);
}

TEST_F(PushingTest, a_cancelled_push_stays_cancelled_whatever_is_seen_meanwhile) {
  edit(1);
  auto begun = push();
  loop.advance(std::chrono::seconds(1));
  link::ListWord word;
  word.service = service().uid;
  word.applied = subscriber("web-1").pushed;
  store->delay_commits(std::chrono::milliseconds(20));
  auto cancelled = loop.start(api->handle(make("DELETE", "/api/v1/operations/" + begun.uid, "",
                                               tokens[model::Role::administrator], {})));
  loop.advance(std::chrono::milliseconds(5));
  fleet->reported(fleet->place("uid-web-1"), {word});
  loop.advance(std::chrono::seconds(2));
  store->delay_commits({});

  ASSERT_TRUE(cancelled.is_done());
  EXPECT_EQ(operation(begun).state, OperationState::cancelled);
}

TEST_F(PushingTest, keeps_all_of_very_many_targets_over_a_restart) {
  constexpr int kCount = 6000;
  std::string names, tail(52, 'x');
  for (int i = 0; i < kCount; ++i)
    names += fmt::format(R"({}"n{:05}-{}")", i > 0 ? "," : "", i, tail);
  auto put = ask("PUT", "/services/pay",
                 fmt::format(R"({{"instances":[{{"ip":"10.0.0.1","port":80}}],"push":"manual",
                                 "subscriptions":[{{"nodes":[{}]}}]}})",
                             names));
  ASSERT_EQ(put.status, 201) << put.body.view();
  auto begun = push();

  restart();

  EXPECT_EQ(operation(begun).results.size(), static_cast<std::size_t>(kCount));
  EXPECT_EQ(operation(begun).state, OperationState::running);
}

// Others come first between a push's decision and its commit: it is decided anew.
TEST_F(PushingTest, is_decided_anew_when_somebody_was_first) {
  edit(1);
  push();
  edit(2);
  store->delay_commits(std::chrono::milliseconds(20));
  auto key = store::keys::content(service().uid, 1);
  auto change = [&](std::vector<store::Write> writes) {
    auto before = operation_count();
    auto first = loop.start(store->commit({{}, std::move(writes)}));
    auto pushed = loop.start(api->handle(
        make("POST", "/api/v1/services/pay/push", "", tokens[model::Role::administrator], {})));
    loop.advance(std::chrono::seconds(1));
    EXPECT_TRUE(pushed.is_done() && pushed.value().status == 202) << pushed.value().body.view();
    EXPECT_EQ(operation_count(), before + 1);
  };
  auto entry = catalog->snapshot()->services.find("pay")->get();
  auto head = entry->head();
  head.had_eligible = false;
  change({{store::keys::service("pay"), store::bytes(json::encode_text(head))}});
  change(
      {{store::keys::live(service().uid), store::bytes(json::encode_text(model::StoredLive{}))}});
  EXPECT_EQ(pushed_to("web-1"), Revision(2));
  EXPECT_FALSE((*catalog->snapshot()->services.find("pay"))->head().had_eligible);
  store->delay_commits({});
}

TEST_F(PushingTest, a_revision_that_is_pruned_meanwhile_is_not_pushed) {
  edit(1, "auto");
  edit(2, "auto");
  store->delay_commits(std::chrono::milliseconds(20));
  auto pruned =
      loop.start(store->commit({{}, {{store::keys::content(service().uid, 1), nullptr}}}));

  auto pushed =
      loop.start(api->handle(make("POST", "/api/v1/services/pay/rollback", R"({"revision":1})",
                                  tokens[model::Role::administrator], {})));
  loop.advance(std::chrono::seconds(1));
  store->delay_commits({});

  ASSERT_TRUE(pushed.is_done());
  EXPECT_EQ(pushed.value().status, 404);
  restart();
  EXPECT_EQ(pushed_to("web-1"), Revision(2));
}

TEST_F(PushingTest, is_of_the_revision_that_was_looked_at) {
  edit(1);

  auto answer = ask("POST", "/services/pay/push", "", {{"If-Match", "7"}});

  EXPECT_EQ(answer.status, 412);
  EXPECT_EQ(pushed_to("web-1"), Revision());
  EXPECT_EQ(ask("POST", "/services/pay/push", "", {{"If-Match", "1"}}).status, 202);
}

// An agent refuses what is older than what it has: whatever people do, a node's version only rises.
TEST_F(PushingTest, versions_only_rise) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    std::mt19937 random(seed);
    RandomService service(*this, fmt::format("s{}", seed), random);
    for (int step = 0; step < 40; ++step) {
      service.take_a_step();
      ASSERT_TRUE(service.has_risen()) << "seed " << seed << ": " << service.steps();
    }
  }
}

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
