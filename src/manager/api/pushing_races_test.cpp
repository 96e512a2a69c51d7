// Pushes by hand while others are at work: who overtakes whom, what is cancelled, removed,
// restarted.
#include "manager/api/testing/pushing.hpp"

#include <random>

namespace reeve::manager::api {
namespace {

using model::OperationState;
using testing::PushingTest;
using testing::Revision;

// A service with which people do anything that they may.
class RandomService {
 public:
  RandomService(PushingTest& test, const std::string& name, std::mt19937& random)
      : test_(test), path_("/services/" + name), random_(random) {
    put("auto");
    for (const char* node : {"web-1", "web-2"}) test_.ask("PUT", path_ + "/subscribers/" + node);
  }

  void take_a_step() {
    auto node = fmt::format("web-{}", pick(2) + 1);
    auto revision = PushingTest::as<model::Service>(test_.ask("GET", path_)).revision;
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
    auto uid = PushingTest::as<model::Service>(test_.ask("GET", path_)).uid;
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

  for (const char* node : {"web-1", "web-2"}) say(node, had);
  loop.settle();

  EXPECT_EQ(operation(begun).state, OperationState::done);
}

TEST_F(PushingTest, a_cancelled_push_stays_cancelled_whatever_is_seen_meanwhile) {
  edit(1);
  auto begun = push();
  loop.advance(std::chrono::seconds(1));
  auto had = subscriber("web-1").pushed;
  store->delay_commits(std::chrono::milliseconds(20));
  auto cancelled = loop.start(api->handle(make("DELETE", "/api/v1/operations/" + begun.uid, "",
                                               tokens[model::Role::administrator], {})));
  loop.advance(std::chrono::milliseconds(5));
  say("web-1", had);
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

}  // namespace
}  // namespace reeve::manager::api
