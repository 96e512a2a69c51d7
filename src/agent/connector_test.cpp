#include "agent/connector.hpp"

#include "agent/testing/specs.hpp"
#include "async/testing/virtual_loop.hpp"
#include "link/codec.hpp"
#include "net/testing/memory_network.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

namespace reeve::agent {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

/// A manager that a test moves by hand: notes what comes, says what it is told to.
class ScriptedManager {
 public:
  ScriptedManager(async::Loop& loop, net::testing::MemoryNetwork& network, net::Endpoint at)
      : loop_(loop) {
    network.listen(std::move(at), [this](std::shared_ptr<net::MessageSocket> socket,
                                         const net::DialRequest& request) {
      return accept(std::move(socket), request);
    });
  }

  std::vector<Instant> dials;
  std::vector<link::Hello> hellos;
  std::vector<link::Applied> applied;
  std::vector<link::Heartbeat> heartbeats;
  std::vector<link::Goodbye> goodbyes;
  std::vector<std::string> ends;
  std::optional<Error> refusal;          // answers the dial
  std::optional<link::Goodbye> goodbye;  // instead of a welcome
  bool is_silent = false;                // no word after the hello
  bool wants_renewal = false;            // instead of a welcome, until there was one
  std::vector<link::Renew> renews;
  std::vector<const net::ClientTls*> shown;  // at each dial
  link::Welcome welcome;

  void send(const link::Message& message) {
    socket_->send(link::frame_of(message), net::FrameKind::text);
  }
  void send(std::string text) {
    socket_->send(std::make_shared<const std::string>(std::move(text)), net::FrameKind::text);
  }
  void hang_up() { socket_->close(net::CloseCode::going_away, "restart"); }

 private:
  Result<> accept(std::shared_ptr<net::MessageSocket> socket, const net::DialRequest& request) {
    dials.push_back(loop_.now());
    shown.push_back(request.tls.get());
    EXPECT_EQ(request.target, "/link");
    if (refusal) return fail(*refusal);
    socket_ = std::move(socket);
    net::SocketEvents events;
    events.on_frame = [this](std::string_view frame, net::FrameKind kind) {
      take(link::decode_message(frame, kind).value());
    };
    events.on_closed = [this](std::string reason) { ends.push_back(std::move(reason)); };
    socket_->start(std::move(events));
    return {};
  }

  void take(link::Message message) {
    if (message.applied) applied.push_back(*message.applied);
    if (message.heartbeat) heartbeats.push_back(*message.heartbeat);
    if (message.goodbye) {
      goodbyes.push_back(*message.goodbye);
      if (!is_silent) socket_->close(net::CloseCode::normal, "goodbye");
    }
    if (message.renew) {
      renews.push_back(*message.renew);
      link::Message renewed;
      renewed.goodbye = goodbye;
      if (!goodbye) renewed.renewed = link::Renewed{"certificate", "ca", {}};
      wants_renewal = goodbye.has_value();
      return send(renewed);
    }
    if (!message.hello) return;
    hellos.push_back(*message.hello);
    link::Message answer;
    if (wants_renewal)
      answer.renewal_wanted = link::RenewalWanted{{}, "it has expired", {}};
    else if (goodbye)
      answer.goodbye = goodbye;
    else
      answer.welcome = welcome;
    if (!is_silent) send(answer);
  }

  async::Loop& loop_;
  std::shared_ptr<net::MessageSocket> socket_;
};

class ConnectorTest : public ::testing::Test {
 protected:
  ConnectorTest() {
    manager.welcome.cluster = "c1";
    manager.welcome.heartbeat = 5s;
    other.welcome = manager.welcome;
    settings.cluster = "c1";
    settings.managers = {{"m1", 7701}};
    settings.randomness = [] { return 1.0; };
  }
  ~ConnectorTest() override {
    if (!connector) return;
    auto stopped = loop.start(connector->stop(1s));
    loop.settle();
    EXPECT_TRUE(stopped.is_done() && stopped.value());
  }

  void start() {
    ConnectorCalls calls;
    calls.hello = [] {
      link::Hello hello;
      hello.node = "n1";
      hello.version = 5;
      return hello;
    };
    calls.on_welcome = [this](const link::Welcome& welcome) { welcomes.push_back(welcome); };
    calls.on_spec = [this](link::Spec spec) { specs.push_back(std::move(spec)); };
    calls.on_lost = [this] { ++losses; };
    calls.renew = [] { return link::Renew{"csr", {}}; };
    calls.on_renewed = [this](const link::Renewed& renewed) -> Result<> {
      certificates.push_back(renewed.certificate);
      connector->use(next_tls);
      return {};
    };
    calls.on_renewal_wanted = [this](const link::RenewalWanted&) { ++wanted; };
    connector.emplace(loop, *dialer, settings, std::move(calls));
    connector->start();
    loop.settle();
  }

  async::testing::VirtualLoop loop;
  net::testing::MemoryNetwork network{loop};
  std::unique_ptr<net::Dialer> dialer = network.dialer({.identity = "n1"});
  ScriptedManager manager{loop, network, {"m1", 7701}};
  ScriptedManager other{loop, network, {"m2", 7701}};
  ConnectorSettings settings;
  std::vector<link::Welcome> welcomes;
  std::vector<link::Spec> specs;
  int losses = 0;
  int wanted = 0;
  std::vector<std::string> certificates;
  std::shared_ptr<const net::ClientTls> next_tls =
      net::ClientTls::create(
          {.ca_pem = "", .ca_fingerprint = "f", .chain_pem = "", .key_pem = "", .server_name = ""})
          .value();
  std::optional<Connector> connector;
};

TEST_F(ConnectorTest, says_hello_and_is_welcomed) {
  start();

  ASSERT_EQ(manager.hellos.size(), 1U);
  EXPECT_EQ(manager.hellos[0].node, "n1");
  EXPECT_EQ(manager.hellos[0].version, 5U);
  EXPECT_EQ(welcomes.size(), 1U);
  EXPECT_TRUE(connector->state().is_connected);
  EXPECT_EQ(connector->state().manager, "m1:7701");
}

TEST_F(ConnectorTest, hands_specs_over_and_sends_answers) {
  start();
  link::Message message;
  message.spec = testing::spec_of(6, {testing::upsert("a", 6)});
  manager.send(message);
  loop.settle();

  link::Message answer;
  answer.applied.emplace();
  answer.applied->version = 6;
  connector->send(answer);
  loop.settle();

  ASSERT_EQ(specs.size(), 1U);
  EXPECT_EQ(specs[0].upserts[0].list.service, "a");
  ASSERT_EQ(manager.applied.size(), 1U);
  EXPECT_EQ(manager.applied[0].version, 6U);
}

TEST_F(ConnectorTest, sends_heartbeats_as_often_as_the_welcome_says) {
  start();

  loop.advance(16s);

  ASSERT_EQ(manager.heartbeats.size(), 3U);
  EXPECT_EQ(manager.heartbeats[2].sequence, 3U);
}

TEST_F(ConnectorTest, heartbeats_go_on_while_messages_storm_in) {
  start();

  for (int i = 0; i < 100; ++i) {
    manager.send(std::string(R"({"report":{}})"));
    loop.advance(100ms);
  }

  EXPECT_EQ(manager.heartbeats.size(), 2U);
}

TEST_F(ConnectorTest, skips_messages_of_a_later_version) {
  start();

  manager.send(std::string(R"({"something_new":{"x":1}})"));
  loop.settle();

  EXPECT_TRUE(connector->state().is_connected);
}

TEST_F(ConnectorTest, leaves_a_manager_that_talks_nonsense_and_comes_back) {
  start();

  manager.send(std::string("nonsense"));
  loop.settle();
  EXPECT_FALSE(connector->state().is_connected);
  EXPECT_EQ(losses, 1);
  loop.advance(1s);

  EXPECT_TRUE(connector->state().is_connected);
}

TEST_F(ConnectorTest, comes_back_after_a_lost_connection) {
  start();

  network.cut("n1");
  loop.settle();

  EXPECT_FALSE(connector->state().is_connected);
  EXPECT_EQ(losses, 1);
  EXPECT_THAT(connector->state().why.value_or(""), HasSubstr("connection lost"));
  loop.advance(1s);
  EXPECT_EQ(welcomes.size(), 2U);
  EXPECT_TRUE(connector->state().is_connected);
}

TEST_F(ConnectorTest, waits_longer_after_each_failure_but_never_over_twenty_seconds) {
  manager.refusal = Error{Errc::unavailable, "not ready", "", {}};
  start();

  loop.advance(200s);

  std::vector<Duration> pauses;
  for (std::size_t i = 1; i < manager.dials.size(); ++i)
    pauses.push_back(manager.dials[i] - manager.dials[i - 1]);
  ASSERT_GE(pauses.size(), 8U);
  pauses.resize(8);
  EXPECT_EQ(pauses, (std::vector<Duration>{1s, 2s, 4s, 8s, 16s, 20s, 20s, 20s}));
}

TEST_F(ConnectorTest, begins_anew_after_a_welcome) {
  manager.refusal = Error{Errc::unavailable, "not ready", "", {}};
  start();
  loop.advance(40s);
  manager.refusal.reset();
  ASSERT_TRUE(loop.advance_until([&] { return connector->state().is_connected; }, 30s));

  manager.hang_up();
  loop.settle();
  loop.advance(1s);

  EXPECT_TRUE(connector->state().is_connected);
}

TEST_F(ConnectorTest, tries_one_manager_after_the_other) {
  settings.managers = {{"m1", 7701}, {"m2", 7701}};
  manager.refusal = Error{Errc::unavailable, "not ready", "", {}};
  start();

  loop.advance(1s);
  EXPECT_EQ(connector->state().manager, "m2:7701");
  EXPECT_TRUE(connector->state().is_connected);
  other.hang_up();
  loop.settle();
  loop.advance(1s);

  EXPECT_EQ(other.hellos.size(), 2U);
  EXPECT_EQ(manager.dials.size(), 1U);
}

TEST_F(ConnectorTest, waits_a_minute_after_a_refusal_that_does_not_pass) {
  for (const auto* code : {"forbidden", "unsupported", "unauthenticated"}) {
    manager.dials.clear();
    manager.goodbye = link::Goodbye{code, "the node was removed", {}};
    start();

    loop.advance(61s);
    EXPECT_EQ(manager.dials.size(), 1U) << code;
    EXPECT_THAT(connector->state().why.value_or(""), HasSubstr("the node was removed"));
    loop.advance(60s);
    EXPECT_EQ(manager.dials.size(), 2U) << code;

    auto stopped = loop.start(connector->stop(1s));
    loop.settle();
    connector.reset();
  }
}

TEST_F(ConnectorTest, renews_a_certificate_that_expired_and_comes_back_with_the_new_one) {
  manager.wants_renewal = true;
  start();

  EXPECT_TRUE(welcomes.empty());
  EXPECT_EQ(certificates, std::vector<std::string>{"certificate"});
  loop.advance(1s);

  EXPECT_EQ(welcomes.size(), 1U);
  EXPECT_EQ(manager.renews.size(), 1U);
  EXPECT_EQ(manager.shown, (std::vector<const net::ClientTls*>{nullptr, next_tls.get()}));
}

TEST_F(ConnectorTest, a_renewal_that_is_refused_is_not_tried_fast) {
  settings.advice = "; do something";
  manager.wants_renewal = true;
  manager.goodbye = link::Goodbye{"forbidden", "this node was removed", {}};
  start();

  loop.advance(59s);

  EXPECT_EQ(manager.dials.size(), 1U);
  EXPECT_TRUE(connector->state().is_refused);
  EXPECT_EQ(connector->state().why, "the manager says: this node was removed; do something");
}

TEST_F(ConnectorTest, uses_a_new_certificate_for_the_next_connection_alone) {
  start();
  link::Message message;
  message.renewed = link::Renewed{"certificate", "ca", {}};
  manager.send(message);
  message = {};
  message.renewal_wanted.emplace();
  manager.send(message);
  loop.settle();

  EXPECT_TRUE(connector->state().is_connected);
  EXPECT_EQ(certificates.size(), 1U);
  EXPECT_EQ(wanted, 1);
  manager.hang_up();
  loop.advance(1s);
  EXPECT_EQ(manager.shown.back(), next_tls.get());
}

TEST_F(ConnectorTest, finds_a_manager_that_moved) {
  start();
  connector->use(std::vector<net::Endpoint>{{"m2", 7701}});
  manager.hang_up();
  manager.refusal = Error{Errc::unavailable, "gone", "", {}};

  loop.advance(2s);

  EXPECT_EQ(connector->state().manager, "m2:7701");
  EXPECT_TRUE(connector->state().is_connected);
}

TEST_F(ConnectorTest, a_goodbye_of_a_stopping_manager_is_no_refusal) {
  start();
  link::Message message;
  message.goodbye = link::Goodbye{"cancelled", "the manager stops", {}};

  manager.send(message);
  loop.settle();
  EXPECT_FALSE(connector->state().is_connected);
  loop.advance(1s);

  EXPECT_TRUE(connector->state().is_connected);
}

TEST_F(ConnectorTest, leaves_a_manager_of_another_cluster) {
  manager.welcome.cluster = "c2";
  start();

  loop.advance(30s);

  EXPECT_TRUE(welcomes.empty());
  EXPECT_EQ(manager.dials.size(), 1U);
  EXPECT_THAT(connector->state().why.value_or(""), HasSubstr("cluster \"c2\""));
}

TEST_F(ConnectorTest, gives_up_on_a_manager_that_never_welcomes) {
  manager.is_silent = true;
  start();

  loop.advance(15s);
  loop.advance(1s);

  EXPECT_EQ(manager.dials.size(), 2U);
  EXPECT_EQ(manager.ends.size(), 1U);
}

TEST_F(ConnectorTest, sends_nothing_without_a_welcome) {
  manager.is_silent = true;
  start();
  link::Message answer;
  answer.applied.emplace();

  connector->send(answer);
  loop.settle();

  EXPECT_TRUE(manager.applied.empty());
}

TEST_F(ConnectorTest, says_goodbye_when_it_stops) {
  start();

  auto stopped = loop.start(connector->stop(1s));
  loop.settle();

  ASSERT_TRUE(stopped.is_done());
  ASSERT_EQ(manager.goodbyes.size(), 1U);
  EXPECT_EQ(manager.goodbyes[0].code, "cancelled");
  loop.advance(60s);
  EXPECT_EQ(manager.dials.size(), 1U);
  connector.reset();
}

TEST_F(ConnectorTest, waits_a_second_at_most_for_a_manager_that_does_not_hear_the_goodbye) {
  start();
  manager.is_silent = true;

  auto stopped = loop.start(connector->stop(5s));
  loop.advance(999ms);
  EXPECT_FALSE(stopped.is_done());
  loop.advance(1ms);
  loop.settle();

  EXPECT_TRUE(stopped.is_done());
  EXPECT_EQ(manager.ends.size(), 1U);
  connector.reset();
}

TEST_F(ConnectorTest, closes_the_connection_when_it_stops) {
  start();

  auto stopped = loop.start(connector->stop(1s));
  loop.settle();

  EXPECT_TRUE(stopped.is_done());
  EXPECT_EQ(manager.ends.size(), 1U);
  connector.reset();
}

}  // namespace
}  // namespace reeve::agent
