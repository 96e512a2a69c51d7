// The certificates of connected agents, and whose clock is wrong.
#include "manager/gateway/testing/sessions_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace reeve::manager {
namespace {

using namespace std::chrono_literals;
using testing::DesiredState;
using testing::FakeAgent;
using ::testing::HasSubstr;
using AgentPtr = std::shared_ptr<FakeAgent>;

class SessionsRenewalTest : public testing::SessionsFixture {
 protected:
  SessionsRenewalTest() {
    state.cluster.ca = net::make_ca("test", now()).value();
    state.put_node("web-1", {}, fingerprint);
    state.put_service("pay", {"10.0.0.1"});
    state.subscribe("pay", {DesiredState::to_nodes({"web-1"})});
    state.start();
    SessionCalls calls;
    calls.on_refused = [this](const Refusal& refusal) { refusals.push_back(refusal); };
    calls.on_trusts = [this](const std::string&, const auto& told) { trusts = told; };
    sessions.set_calls(std::move(calls));
  }

  WallTime now() const { return state.loop.clock().wall(); }
  AgentPtr connect(bool is_expired = false) {
    auto agent = std::make_shared<FakeAgent>(state.loop, "10.1.0.1");
    agent->shown().key_fingerprint = fingerprint;
    agent->shown().is_certificate_expired = is_expired;
    sessions.adopt(agent, uid);
    link::Message message;
    message.hello = hello;
    message.hello->node = uid;
    say(agent, message);
    return agent;
  }
  void say(const AgentPtr& agent, const link::Message& message) {
    agent->says(message);
    state.loop.settle();
  }
  void ask(const AgentPtr& agent, const std::string& csr) {
    link::Message message;
    message.renew = link::Renew{csr, {}};
    say(agent, message);
  }

  const net::CertificateRequest key = net::make_request().value();
  const std::string fingerprint = net::request_key_fingerprint(key.request_pem).value();
  const std::string uid = DesiredState::uid_of("web-1");
  link::Hello hello;
  std::vector<Refusal> refusals;
  std::vector<std::string> trusts;
};

TEST_F(SessionsRenewalTest, certify_the_enrolled_key_again_for_thirty_days) {
  auto agent = connect();
  state.loop.jump_wall(24h * 15);
  ask(agent, key.request_pem);

  ASSERT_TRUE(agent->renewed());
  auto facts = net::read_certificate(agent->renewed()->certificate).value();
  EXPECT_EQ(facts.uri, "reeve://c1/node/" + uid);
  EXPECT_EQ(facts.key_fingerprint, fingerprint);
  EXPECT_EQ(facts.not_after, std::chrono::floor<std::chrono::seconds>(now()) + 24h * 30);
  EXPECT_EQ(agent->renewed()->ca, state.cluster.ca.certificate_pem);
  EXPECT_TRUE(agent->is_open());
}

TEST_F(SessionsRenewalTest, certify_no_other_key) {
  auto agent = connect();
  ask(agent, net::make_request()->request_pem);

  EXPECT_FALSE(agent->renewed());
  EXPECT_EQ(agent->goodbye()->code, "forbidden");
  ASSERT_EQ(refusals.size(), 1u);
  EXPECT_THAT(refusals[0].why, HasSubstr("another key"));
  EXPECT_EQ(refusals[0].object, "node/web-1");
}

TEST_F(SessionsRenewalTest, sign_no_more_than_a_certificate_in_five_seconds) {
  auto agent = connect();
  auto renewals = [&] {
    return std::ranges::count_if(agent->heard(), [](const auto& one) { return !!one.renewed; });
  };
  for (int i = 0; i < 100; ++i) ask(agent, key.request_pem);
  EXPECT_EQ(renewals(), 1);

  state.loop.advance(4s);
  EXPECT_EQ(renewals(), 1);
  state.loop.advance(3s);
  EXPECT_EQ(renewals(), 2) << "the wish that came too soon is granted later";
  state.loop.advance(5s);
  EXPECT_EQ(renewals(), 2) << "and of many the newest alone";
  EXPECT_TRUE(agent->is_open());
  EXPECT_TRUE(refusals.empty());
}

TEST_F(SessionsRenewalTest, give_an_expired_certificate_its_renewal_and_nothing_else) {
  auto agent = connect(true);

  EXPECT_FALSE(agent->welcome());
  EXPECT_TRUE(agent->specs().empty());
  EXPECT_EQ(fleet.node(uid).state, model::NodeState::never_seen);
  ASSERT_TRUE(agent->renewal_wanted());
  EXPECT_EQ(agent->renewal_wanted()->within, 0s);
  ASSERT_EQ(refusals.size(), 1u);
  EXPECT_THAT(refusals[0].why, HasSubstr("the certificate of node \"web-1\" has expired"));
  ask(agent, key.request_pem);
  EXPECT_TRUE(agent->renewed());

  link::Message report;
  report.report.emplace();
  say(agent, report);
  EXPECT_EQ(agent->goodbye()->code, "invalid");
}

TEST_F(SessionsRenewalTest, shut_out_the_old_key_when_another_machine_takes_the_nodes_place) {
  auto agent = connect();
  state.put_node("web-1", {}, std::string(64, 'b'));
  state.loop.settle();

  EXPECT_FALSE(agent->is_open());
  EXPECT_THAT(agent->goodbye()->message, HasSubstr("another machine has taken the place"));
  auto again = connect();
  EXPECT_EQ(again->goodbye()->code, "forbidden");
}

TEST_F(SessionsRenewalTest, renew_nothing_for_a_node_that_was_removed) {
  auto agent = connect(true);
  state.remove_node("web-1");
  ask(agent, key.request_pem);

  EXPECT_FALSE(agent->renewed());
  EXPECT_EQ(agent->goodbye()->code, "forbidden");
}

TEST_F(SessionsRenewalTest, want_a_renewal_of_agents_that_trust_other_cas) {
  auto old = net::read_certificate(state.cluster.ca.certificate_pem)->fingerprint;
  hello.trusts = {old};
  auto agent = connect();
  EXPECT_EQ(trusts, hello.trusts);
  EXPECT_FALSE(agent->renewal_wanted());

  state.cluster.next_ca = net::make_ca("next", now()).value();
  sessions.want_renewals();
  ASSERT_TRUE(agent->renewal_wanted());
  EXPECT_GT(agent->renewal_wanted()->within, 0s);
  ask(agent, key.request_pem);
  EXPECT_EQ(agent->renewed()->ca, state.cluster.bundle());
  link::Message kept;
  kept.renewal_kept = link::RenewalKept{state.cluster.bundle_fingerprints(), {}};
  say(agent, kept);
  EXPECT_EQ(trusts.size(), 2u);

  agent->breaks();
  state.loop.settle();
  EXPECT_TRUE(connect()->renewal_wanted()) << "it says that it trusts the old one alone";
}

TEST_F(SessionsRenewalTest, a_machine_that_woke_in_1970_is_reported_and_served) {
  hello.clock = WallTime(20s);
  auto agent = connect();

  EXPECT_TRUE(agent->welcome());
  EXPECT_EQ(agent->specs().size(), 1u);
  EXPECT_EQ(fleet.node(uid).clock_offset, WallTime(20s) - now());
  ASSERT_EQ(raised().size(), 1u);
  EXPECT_EQ(raised()[0].kind, "node.clock");
  EXPECT_THAT(raised()[0].text, HasSubstr("it says 1970-01-01T00:00:20.000Z"));

  link::Message set;
  set.report.emplace();
  set.report->clock = now() + 100ms;
  say(agent, set);
  EXPECT_FALSE(fleet.node(uid).clock_offset);
}

TEST_F(SessionsRenewalTest, any_time_that_a_machine_says_is_told_once_an_hour) {
  // As far as a message can go.
  WallTime first = std::chrono::sys_days(std::chrono::year(1678) / 1 / 1);
  WallTime last = std::chrono::sys_days(std::chrono::year(2261) / 12 / 31);
  hello.clock = first;
  auto agent = connect();
  EXPECT_LT(*fleet.node(uid).clock_offset, -24h * 365 * 100);
  ASSERT_EQ(raised().size(), 1u);
  EXPECT_THAT(raised()[0].text, HasSubstr("it says 1900-01-01"));

  link::Message set;
  set.report.emplace();
  for (auto clock : {last, first, now(), WallTime(20s)}) {
    set.report->clock = clock;
    say(agent, set);
  }
  EXPECT_EQ(fleet.node(uid).clock_offset, WallTime(20s) - now());
  EXPECT_EQ(raised().size(), 1u);

  for (int i = 0; i < 400; ++i) {
    state.loop.advance(10s);
    link::Message beat;
    beat.heartbeat.emplace();
    say(agent, beat);
  }
  say(agent, set);
  EXPECT_EQ(raised().size(), 2u);
}

TEST_F(SessionsRenewalTest, a_manager_whose_clock_is_wrong_judges_nobodys) {
  state.cluster.built = now() + 24h;
  hello.clock = now() + 48h;
  EXPECT_TRUE(connect()->welcome());
  EXPECT_FALSE(fleet.node(uid).clock_offset);
  EXPECT_TRUE(raised().empty());
}

}  // namespace
}  // namespace reeve::manager
