#include "manager/api/idempotency.hpp"

#include "manager/api/testing/harness.hpp"

namespace reeve::manager::api {
namespace {

using namespace std::chrono_literals;
using model::Role;

class IdempotencyTest : public testing::ApiTest {
 protected:
  net::Response make_join_token(const std::string& key, std::string body = "{}") {
    return ask("POST", "/join-tokens", std::move(body), {{"Idempotency-Key", key}});
  }
  std::size_t join_tokens() { return catalog->snapshot()->join_tokens.size(); }
};

TEST_F(IdempotencyTest, the_same_request_gets_the_first_answer_again) {
  auto first = make_join_token("k1");
  auto second = make_join_token("k1");

  EXPECT_EQ(first.status, 201);
  EXPECT_EQ(second.status, 201);
  EXPECT_EQ(second.body.view(), first.body.view()) << "the secret too";
  EXPECT_EQ(join_tokens(), 1u);
  EXPECT_NE(make_join_token("k2").body.view(), first.body.view());
}

TEST_F(IdempotencyTest, another_request_with_the_key_is_refused) {
  make_join_token("k1");
  auto other = make_join_token("k1", R"({"uses":3})");

  EXPECT_EQ(other.status, 422);
  EXPECT_EQ(error_code(other), "idempotency_key_reused");
  EXPECT_EQ(ask("POST", "/tokens", "{}", {{"Idempotency-Key", "k1"}}).status, 422);
}

TEST_F(IdempotencyTest, each_caller_has_his_own_keys) {
  auto first = make_join_token("k1");
  auto other = add_token(Role::administrator);
  auto second = send(make("POST", "/api/v1/join-tokens", "{}", other, {{"Idempotency-Key", "k1"}}));

  EXPECT_EQ(second.status, 201);
  EXPECT_NE(second.body.view(), first.body.view());
}

TEST_F(IdempotencyTest, of_two_at_once_the_second_waits_for_the_first) {
  auto request = make("POST", "/api/v1/join-tokens", "{}", tokens[Role::administrator],
                      {{"Idempotency-Key", "k1"}});
  auto first = loop.start(api->handle(request));
  auto second = loop.start(api->handle(request));
  loop.settle();

  ASSERT_TRUE(first.is_done() && second.is_done());
  EXPECT_EQ(first.value().body.view(), second.value().body.view());
  EXPECT_EQ(join_tokens(), 1u);
}

TEST_F(IdempotencyTest, a_refused_request_may_be_tried_again) {
  auto push = [&] {
    return ask("POST", "/services/pay/push", "", {{"Idempotency-Key", "k1"}}).status;
  };
  EXPECT_EQ(push(), 404);
  put_service("pay", {"10.0.0.1"});
  EXPECT_EQ(push(), 202);
}

TEST_F(IdempotencyTest, a_key_is_kept_for_a_day_and_not_over_a_restart) {
  auto first = make_join_token("k1");
  loop.advance(23h);
  EXPECT_EQ(make_join_token("k1").body.view(), first.body.view());
  loop.advance(2h);
  auto later = make_join_token("k1");
  EXPECT_NE(later.body.view(), first.body.view());

  restart();
  EXPECT_NE(make_join_token("k1").body.view(), later.body.view());
}

TEST_F(IdempotencyTest, the_oldest_answers_go_when_all_have_more_bytes_than_may_be) {
  std::string instances;
  for (int i = 0; i < 4000; ++i)
    instances += fmt::format(R"({}{{"ip":"10.0.{}.{}","port":80,"labels":{{"text":"{:250}"}}}})",
                             i ? "," : "", i / 250, i % 250, i);
  ask("PUT", "/services/pay", fmt::format(R"({{"instances":[{}]}})", instances));
  auto subscribe = [&](int zone) {
    auto answer = ask("POST", "/services/pay/subscribe",
                      fmt::format(R"({{"selector":{{"zone":"{}"}}}})", zone),
                      {{"Idempotency-Key", fmt::format("k{}", zone)}});
    EXPECT_EQ(answer.status, 200) << answer.body.view();
    return answer;
  };

  std::vector<net::Response> first;
  std::size_t bytes = 0;
  for (int zone = 0; bytes <= IdempotencyBound().bytes; ++zone) {
    first.push_back(subscribe(zone));
    bytes += first.back().body.view().size();
  }
  ask("PATCH", "/services/pay", R"({"description":"another one"})");

  auto last = static_cast<int>(first.size()) - 1;
  EXPECT_EQ(subscribe(last).body.view(), first.back().body.view());
  EXPECT_NE(subscribe(0).body.view(), first.front().body.view()) << "done anew";
}

TEST_F(IdempotencyTest, a_key_that_is_none_is_refused) {
  EXPECT_EQ(make_join_token("").status, 400);
  EXPECT_EQ(make_join_token("with blank").status, 400);
  EXPECT_EQ(make_join_token(std::string(256, 'k')).status, 400);
  EXPECT_EQ(make_join_token(std::string(255, 'k')).status, 201);
}

}  // namespace
}  // namespace reeve::manager::api
