// A push as an operation: what its agents say, or do not say, until it has ended.
#include "manager/api/push_operations.hpp"

#include "base/utf8.hpp"
#include "manager/api/testing/pushing.hpp"

namespace reeve::manager::api {
namespace {

class PushOperationsTest : public testing::PushingTest {
 protected:
  PushOperationsTest() { edit(1, "auto"); }

  model::ListMark pushed() { return subscriber("web-1").pushed.value(); }
};

TEST_F(PushOperationsTest, is_done_when_every_agent_says_so) {
  auto begun = push();
  EXPECT_EQ(begun.state, model::OperationState::running);
  EXPECT_EQ(begun.total, 2u);

  say("web-1", pushed());
  loop.settle();
  EXPECT_EQ(operation(begun).done, 1u);
  say("web-2", pushed());
  loop.settle();

  auto ended = operation(begun);
  EXPECT_EQ(ended.state, model::OperationState::done);
  EXPECT_TRUE(ended.ended);
  EXPECT_EQ(value_of(ask("GET", "/operations?q=pay")).at("items").at(0).at("uid").as_string(),
            begun.uid);
}

TEST_F(PushOperationsTest, what_is_there_already_is_done_at_once) {
  say("web-1", pushed());
  say("web-2", pushed());

  EXPECT_EQ(push().state, model::OperationState::done);
}

TEST_F(PushOperationsTest, an_agents_error_fails_its_target) {
  auto begun = push(R"({"nodes":["web-1"]})");

  say("web-1", std::nullopt, "read-only file system");
  loop.settle();

  auto ended = operation(begun);
  EXPECT_EQ(ended.state, model::OperationState::failed);
  EXPECT_EQ(ended.results[0].error, "read-only file system");
}

TEST_F(PushOperationsTest, a_long_error_is_cut_between_characters) {
  std::string error = "x";
  for (int i = 0; i < 240; ++i) error += "\u00e9";
  auto begun = push(R"({"nodes":["web-1"]})");

  say("web-1", std::nullopt, error);
  loop.settle();

  auto told = operation(begun).results[0].error.value();
  EXPECT_EQ(utf8::valid_prefix(told), told.size());
  EXPECT_TRUE(error.starts_with(told));
  EXPECT_LT(told.size(), error.size());
}

TEST_F(PushOperationsTest, an_old_error_counts_only_if_the_agent_says_nothing_better) {
  say("web-1", std::nullopt, "old trouble");
  auto begun = push(R"({"nodes":["web-1"]})");
  loop.advance(std::chrono::seconds(1));
  EXPECT_EQ(operation(begun).state, model::OperationState::running);

  loop.advance(PushOperations::kGrace);

  EXPECT_EQ(operation(begun).state, model::OperationState::failed);
}

TEST_F(PushOperationsTest, an_error_about_an_earlier_list_fails_nothing) {
  auto node = fleet->place("uid-web-1");
  auto uid = service().uid;
  Fleet::asked(node, uid, {pushed(), model::outputs_mark(model::default_outputs())});
  edit(2, "auto");
  auto begun = push(R"({"nodes":["web-1"]})");
  loop.advance(PushOperations::kGrace + std::chrono::seconds(1));

  say("web-1", std::nullopt, "about the first one");
  loop.settle();
  EXPECT_EQ(operation(begun).state, model::OperationState::running);

  Fleet::asked(node, uid, {pushed(), model::outputs_mark(model::default_outputs())});
  say("web-1", std::nullopt, "about this one");
  loop.settle();
  EXPECT_EQ(operation(begun).results[0].error, "about this one");
}

TEST_F(PushOperationsTest, gives_up_on_silent_nodes_after_a_minute) {
  auto begun = push(R"({"nodes":["web-1","web-2"]})");
  say("web-1", pushed());

  loop.advance(PushOperations::kDeadline - std::chrono::seconds(1));
  EXPECT_EQ(operation(begun).state, model::OperationState::running);
  loop.advance(std::chrono::seconds(2));

  auto ended = operation(begun);
  EXPECT_EQ(ended.state, model::OperationState::failed);
  EXPECT_EQ(ended.done, 1u);
  EXPECT_NE(ended.results[1].error->find("within 1m"), std::string::npos);
}

TEST_F(PushOperationsTest, gives_up_on_nodes_that_are_down_or_never_came_after_a_moment) {
  put_service("pay", {"10.0.0.1"}, R"(,"subscriptions":[{"nodes":["web-1","web-2","web-9"]}])");
  fleet->disconnected("uid-web-2", loop.clock().wall());
  auto begun = push();
  loop.advance(PushOperations::kGrace + std::chrono::seconds(1));

  auto waiting = operation(begun);
  EXPECT_EQ(waiting.failed, 2u);
  EXPECT_NE(waiting.results[1].error->find("is down"), std::string::npos);
  EXPECT_NE(waiting.results[2].error->find("has joined"), std::string::npos);
  EXPECT_EQ(waiting.state, model::OperationState::running);

  say("web-1", pushed());
  loop.settle();
  EXPECT_EQ(operation(begun).state, model::OperationState::failed);
}

TEST_F(PushOperationsTest, can_be_cancelled_while_it_runs) {
  auto begun = push();

  auto cancelled = ask("DELETE", "/operations/" + begun.uid);
  auto again = ask("DELETE", "/operations/" + begun.uid);

  EXPECT_EQ(as<OperationAnswer>(cancelled).operation.state, model::OperationState::cancelled);
  EXPECT_EQ(operation(begun).results[0].state, model::OperationState::cancelled);
  EXPECT_EQ(again.status, 409);
  EXPECT_EQ(ask("DELETE", "/operations/none").status, 404);
}

TEST_F(PushOperationsTest, goes_on_after_a_restart) {
  auto begun = push();
  restart();
  connect("web-1");
  connect("web-2");

  say("web-1", pushed());
  say("web-2", pushed());
  loop.settle();

  EXPECT_EQ(operation(begun).state, model::OperationState::done);
}

TEST_F(PushOperationsTest, refuses_strangers_unknown_revisions_and_empty_lists) {
  EXPECT_EQ(ask("POST", "/services/pay/push", R"({"nodes":["web-9"]})").status, 400);
  EXPECT_EQ(ask("POST", "/services/pay/push", R"({"revision":7})").status, 404);
  put_service("pay", {}, R"(,"force":true)");

  EXPECT_EQ(error_code(ask("POST", "/services/pay/push")), "would_be_empty");
  EXPECT_EQ(ask("POST", "/services/pay/push", R"({"force":true})").status, 202);
}

}  // namespace
}  // namespace reeve::manager::api
