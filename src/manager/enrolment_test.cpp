#include "manager/enrolment.hpp"

#include "link/join_token.hpp"
#include "manager/removed_keys.hpp"
#include "manager/testing/desired_state.hpp"
#include "store/catalog/keys.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace reeve::manager {
namespace {

using namespace std::chrono_literals;
using testing::DesiredState;
using ::testing::HasSubstr;
using Answer = Result<link::JoinAnswer>;

class EnrolmentTest : public ::testing::Test {
 protected:
  EnrolmentTest() {
    state.cluster.ca = net::make_ca("test", state.loop.clock().wall()).value();
    state.start();
  }

  /// Answers the token's text.
  std::string put_token(std::optional<std::uint32_t> uses,
                        std::optional<WallTime> expires = std::nullopt,
                        model::StoredJoinToken token = {}) {
    token.uid = "t1";
    token.uses = uses;
    token.expires = expires;
    token.labels = {{"zone", "a"}};
    token.hash = link::join_token_hash(secret);
    state.commit({{store::keys::join_token(token.uid), store::bytes(json::encode_text(token))}});
    return link::join_token_text({std::string(64, 'f'), secret});
  }
  link::JoinRequest request(const std::string& token, const std::string& name) {
    link::JoinRequest request;
    request.token = token;
    request.name = name;
    request.machine_id = "m1";
    request.csr = net::make_request().value().request_pem;
    return request;
  }
  Answer join(link::JoinRequest request) {
    auto outcome = state.loop.start(enrolment.join(std::move(request), "10.1.0.1", "r1"));
    state.loop.settle();
    return outcome.value();
  }
  std::uint32_t used() { return (*state.catalog.snapshot()->join_tokens.find("t1"))->value.used; }
  std::shared_ptr<const store::Document<model::StoredNode>> node(const std::string& folded) {
    auto snapshot = state.catalog.snapshot();
    const auto* found = snapshot->nodes.find(folded);
    return found ? *found : nullptr;
  }
  std::vector<model::AuditEntry> audit() {
    std::vector<model::AuditEntry> entries;
    auto snapshot = state.catalog.snapshot();
    for (const auto& item : snapshot->audit) entries.push_back(item.value->unpacked());
    return entries;
  }

  const std::string secret = std::string(64, '5');
  DesiredState state;
  Editor editor{state.loop.clock(), state.store, state.catalog};
  RefusalLog refusals{state.loop, editor};
  Enrolment enrolment{state.loop, state.cluster, state.catalog, editor, refusals};
};

TEST_F(EnrolmentTest, lets_a_machine_in) {
  auto answer = join(request(put_token(1), "Web-1"));

  ASSERT_TRUE(answer) << answer.error().what;
  EXPECT_EQ(answer->name, "Web-1");
  EXPECT_EQ(answer->server_name, "manager.c1");
  auto stored = node("web-1");
  ASSERT_TRUE(stored);
  EXPECT_EQ(stored->value.uid, answer->node);
  EXPECT_EQ(stored->value.labels.at("zone"), "a");
  auto facts = net::read_certificate(answer->certificate).value();
  EXPECT_EQ(facts.uri, "reeve://c1/node/" + answer->node);
  EXPECT_EQ(facts.key_fingerprint, stored->value.key_fingerprint);
  EXPECT_EQ(used(), 1u);
  ASSERT_EQ(audit().size(), 1u);
  EXPECT_EQ(audit()[0].action, "node.join");
  EXPECT_EQ(audit()[0].object, "node/Web-1");
  EXPECT_EQ(audit()[0].who, "join-token/t1");
  EXPECT_EQ(audit()[0].from, "10.1.0.1");
  EXPECT_FALSE(audit()[0].refused);
}

TEST_F(EnrolmentTest, refuses_a_token_that_is_unknown_used_up_or_too_old) {
  auto unknown = join(request(link::join_token_text({std::string(64, 'f'), secret}), "web-1"));
  EXPECT_EQ(unknown.error().code, Errc::unauthenticated);
  auto no_token = join(request("please", "web-1"));
  EXPECT_EQ(no_token.error().code, Errc::invalid);

  auto token = put_token(1, state.loop.clock().wall() + 1h);
  ASSERT_TRUE(join(request(token, "web-1")));
  auto used_up = join(request(token, "web-2"));
  EXPECT_EQ(used_up.error().code, Errc::forbidden);
  EXPECT_THAT(used_up.error().what, HasSubstr("good for 1 node and is used up"));
  state.loop.advance(2h);
  auto too_old = join(request(token, "web-3"));
  EXPECT_THAT(too_old.error().what, HasSubstr("was good until 2026-01-01T01:00:00"));

  EXPECT_EQ(state.catalog.snapshot()->nodes.size(), 1u);
  EXPECT_EQ(used(), 1u);
  std::set<std::string> refusals;
  for (const auto& entry : audit())
    if (entry.refused) refusals.insert(entry.why);
  EXPECT_EQ(refusals, (std::set<std::string>{unknown.error().what, no_token.error().what,
                                             used_up.error().what, too_old.error().what}));
}

TEST_F(EnrolmentTest, refuses_a_name_that_is_taken_in_any_case) {
  auto token = put_token(std::nullopt);
  ASSERT_TRUE(join(request(token, "web-1")));

  auto again = join(request(token, "WEB-1"));

  EXPECT_EQ(again.error().code, Errc::exists);
  EXPECT_EQ(again.error().what,
            "a node named \"web-1\" is enrolled: choose another name, or, where this machine takes "
            "its place, make a token for it with \"reeve join-token create --node web-1\"");
}

TEST_F(EnrolmentTest, answers_again_to_the_key_that_has_joined) {
  auto token = put_token(1);
  auto first = request(token, "web-1");
  auto lost = join(first);
  auto again = join(first);

  ASSERT_TRUE(again) << again.error().what;
  EXPECT_EQ(again->node, lost->node);
  EXPECT_EQ(used(), 1u);
}

TEST_F(EnrolmentTest, refuses_bad_names_and_requests) {
  auto token = put_token(std::nullopt);
  for (std::string name : {"", "a b", "a/b", "-a"})
    EXPECT_EQ(join(request(token, name)).error().field, "/name") << name;
  auto no_csr = request(token, "web-1");
  no_csr.csr = "nothing";
  EXPECT_EQ(join(no_csr).error().code, Errc::invalid);
  auto long_id = request(token, "web-1");
  long_id.machine_id = std::string(1000, 'm');
  EXPECT_EQ(join(long_id).error().field, "/machine_id");
  EXPECT_TRUE(state.catalog.snapshot()->nodes.empty());
}

TEST_F(EnrolmentTest, tries_again_when_somebody_else_was_first_but_not_for_ever) {
  auto token = put_token(std::nullopt);
  Error conflict{Errc::conflict, "guard", "", {}};
  for (int i = 0; i < 7; ++i) state.store.fail_next_commit(conflict);
  EXPECT_TRUE(join(request(token, "web-1")));

  for (int i = 0; i < 8; ++i) state.store.fail_next_commit(conflict);
  EXPECT_EQ(join(request(token, "web-2")).error().code, Errc::conflict);
  EXPECT_FALSE(node("web-2"));
}

TEST_F(EnrolmentTest, counts_the_uses_of_machines_that_join_at_once) {
  auto token = put_token(10);
  state.store.delay_commits(1ms);
  std::vector<async::testing::Outcome<Answer>> outcomes;
  for (int i = 0; i < 30; ++i)
    outcomes.push_back(state.loop.start(enrolment.join(request(token, "node-" + std::to_string(i)),
                                                       "10.1.0." + std::to_string(i), "r")));
  state.loop.advance(1min);

  int joined = 0;
  for (auto& outcome : outcomes) joined += outcome.value() ? 1 : 0;
  EXPECT_EQ(joined, 10);
  EXPECT_EQ(used(), 10u);
  EXPECT_EQ(state.catalog.snapshot()->nodes.size(), 10u);
}

TEST_F(EnrolmentTest, writes_down_one_refusal_of_many_alike_and_still_lets_the_rest_in) {
  auto token = put_token(std::nullopt);
  for (int i = 0; i < 50; ++i) EXPECT_FALSE(join(request("x", "web-1")));

  EXPECT_EQ(audit().size(), 1u);
  EXPECT_TRUE(join(request(token, "web-1")));
}

TEST_F(EnrolmentTest, keeps_a_token_to_the_names_it_is_for) {
  model::StoredJoinToken rule;
  rule.name_pattern = "web-*";
  auto token = put_token(std::nullopt, std::nullopt, rule);

  EXPECT_TRUE(join(request(token, "Web-1")));
  auto other = join(request(token, "db-1"));
  EXPECT_EQ(other.error().what,
            "this join token is for nodes with names like \"web-*\", got \"db-1\"");
  EXPECT_EQ(used(), 1u);
}

TEST_F(EnrolmentTest, lets_another_machine_take_the_place_of_a_node_with_a_token_for_it) {
  ASSERT_TRUE(join(request(put_token(std::nullopt), "web-1")));
  auto before = node("web-1")->value;
  model::StoredJoinToken rule;
  rule.node = "web-1";
  auto token = put_token(1, std::nullopt, rule);

  EXPECT_THAT(join(request(token, "web-2")).error().what, HasSubstr("takes the place of node"));
  auto asked = request(token, "WEB-1");
  asked.machine_id = "m2";
  auto answer = join(asked);

  ASSERT_TRUE(answer) << answer.error().what;
  EXPECT_EQ(answer->node, before.uid);
  EXPECT_EQ(answer->name, "web-1");
  auto after = node("web-1")->value;
  EXPECT_EQ(after.machine_id, "m2");
  EXPECT_NE(after.key_fingerprint, before.key_fingerprint);
  EXPECT_EQ(after.labels, before.labels);
  EXPECT_EQ(after.revision, before.revision + 1);
  EXPECT_EQ(used(), 1u);
  EXPECT_THAT(join(request(token, "web-1")).error().what, HasSubstr("used up"));
}

TEST_F(EnrolmentTest, a_captured_request_gets_its_sender_no_second_node) {
  auto captured = request(put_token(1), "web-1");
  auto first = join(captured);
  auto replayed = join(captured);
  captured.name = "web-2";
  auto renamed = join(captured);

  // A certificate for a key that whoever captured it does not have.
  EXPECT_EQ(replayed->node, first->node);
  EXPECT_THAT(renamed.error().what, HasSubstr("used up"));
  EXPECT_EQ(state.catalog.snapshot()->nodes.size(), 1u);
}

TEST_F(EnrolmentTest, a_captured_request_brings_no_removed_key_back) {
  auto captured = request(put_token(std::nullopt), "web-1");
  ASSERT_TRUE(join(captured));
  auto removed = node("web-1")->value;
  state.commit(remember_key(removed, *state.catalog.snapshot(), state.loop.clock().wall()));
  state.remove_node("web-1");
  state.loop.settle();

  for (const char* name : {"web-1", "web-2"}) {
    captured.name = name;
    auto replayed = join(captured);
    ASSERT_FALSE(replayed);
    EXPECT_EQ(replayed.error().code, Errc::forbidden);
    EXPECT_THAT(replayed.error().what, HasSubstr("join anew, which makes a new key"));
  }
  EXPECT_EQ(used(), 1u);
  EXPECT_TRUE(state.catalog.snapshot()->nodes.empty());
  auto entry = audit().back();
  EXPECT_TRUE(entry.refused);
  EXPECT_THAT(entry.why, HasSubstr("this key was that of node \"web-1\""));
  EXPECT_TRUE(join(request(captured.token, "web-1"))) << "with a new key";
}

TEST_F(EnrolmentTest, a_machine_whose_place_was_taken_does_not_take_it_back) {
  model::StoredJoinToken rule;
  rule.node = "web-1";
  auto token = put_token(std::nullopt, std::nullopt, rule);
  auto captured = request(token, "web-1");
  ASSERT_TRUE(join(captured));
  ASSERT_TRUE(join(request(token, "web-1")));
  auto taker = node("web-1")->value.key_fingerprint;

  EXPECT_THAT(join(captured).error().what, HasSubstr("does not come back"));
  EXPECT_EQ(node("web-1")->value.key_fingerprint, taker);
}

TEST_F(EnrolmentTest, the_key_that_was_removed_first_is_forgotten_for_one_too_many) {
  auto now = state.loop.clock().wall();
  std::vector<store::Write> writes;
  for (std::size_t i = 0; i < kMostRemovedKeys; ++i) {
    model::StoredNode old;
    old.key_fingerprint = fmt::format("{:05}", i * 7919 % kMostRemovedKeys);
    auto at = now + std::chrono::seconds(i);
    writes.push_back(remember_key(old, *state.catalog.snapshot(), at).front());
    if (writes.size() == store::Limits::operations) state.commit(std::exchange(writes, {}));
  }
  state.commit(std::exchange(writes, {}));
  state.loop.settle();
  model::StoredNode one_more;
  one_more.key_fingerprint = "x";

  writes = remember_key(one_more, *state.catalog.snapshot(), now);
  ASSERT_EQ(writes.size(), 2u);
  EXPECT_EQ(writes[1].key, store::keys::removed_key("00000"));
  EXPECT_FALSE(writes[1].value);
}

}  // namespace
}  // namespace reeve::manager
