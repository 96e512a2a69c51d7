// The agents' door over real sockets and TLS.
#include "manager/gateway/gateway.hpp"

#include "link/join_token.hpp"
#include "net/client.hpp"
#include "net/testing/run_on.hpp"
#include "store/catalog/keys.hpp"
#include "store/testing/memory_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>
#include <thread>

namespace reeve::manager {
namespace {

using namespace std::chrono_literals;
using net::testing::run_on;
using ::testing::HasSubstr;

/// What an agent hears, filled on an I/O loop.
struct Heard {
  std::mutex mutex;
  std::vector<link::Message> messages;
};

class GatewayTest : public ::testing::Test {
 protected:
  void SetUp() override {
    cluster.document.id = "c1";
    cluster.ca = net::make_ca("test", clock.wall()).value();
    cluster.ca_fingerprint = net::read_certificate(cluster.ca.certificate_pem)->fingerprint;
    thread = std::thread([this] { domain.run(); });
    put(std::string(store::keys::kCluster), json::encode_text(cluster.document));
    model::StoredJoinToken token;
    token.uid = "t1";
    token.hash = link::join_token_hash(secret);
    put(store::keys::join_token(token.uid), json::encode_text(token));
    ASSERT_TRUE(run_on(domain, catalog.start()));
    auto listening = gateway.listen({"127.0.0.1", 0});
    ASSERT_TRUE(listening) << listening.error().what;
    where = *listening;
  }
  void TearDown() override {
    EXPECT_TRUE(run_on(domain, gateway.stop(5s)));
    EXPECT_TRUE(run_on(domain, turned_away.stop(5s)));
    EXPECT_TRUE(run_on(domain, notices.stop(5s)));
    EXPECT_TRUE(run_on(domain, catalog.stop()));
    io.stop();
    domain.stop();
    thread.join();
  }

  void put(std::string key, std::string text) {
    ASSERT_TRUE(run_on(domain, store.commit({{}, {{std::move(key), store::bytes(text)}}})));
  }
  std::vector<std::string> refusals() {
    std::vector<std::string> found;
    auto snapshot = catalog.snapshot();
    for (const auto& item : snapshot->audit)
      if (item.value->index.refused) found.push_back(item.value->index.why);
    return found;
  }
  /// Counted on the domain loop, whose they are.
  std::size_t connected() { return run_on(domain, count()); }
  Task<std::size_t> count() { co_return gateway.sessions().size(); }

  template <class Condition>
  bool eventually(Condition condition) {
    for (int i = 0; i < 5000; ++i) {
      if (condition()) return true;
      auto slept = run_on(domain, domain.sleep_for(1ms));
      EXPECT_TRUE(slept);
    }
    return false;
  }

  /// The settings of a joiner: it knows the fingerprint alone.
  net::ClientTlsSettings joiner() const {
    net::ClientTlsSettings settings;
    settings.ca_fingerprint = cluster.ca_fingerprint;
    settings.server_name = cluster.server_name();
    return settings;
  }
  Result<net::ClientResponse> post_join(std::string body) {
    auto& loop = io.at(0);
    net::HttpClient client(loop, where, net::ClientTls::create(joiner()).value());
    net::ClientRequest request;
    request.method = net::Method::post;
    request.target = "/join";
    request.body = std::move(body);
    return run_on(loop, client.request(std::move(request)));
  }
  /// The settings of a node that joins now.
  net::ClientTlsSettings join(const std::string& name, std::string& uid) {
    auto made = net::make_request().value();
    link::JoinRequest request;
    request.token = link::join_token_text({cluster.ca_fingerprint, secret});
    request.name = name;
    request.csr = made.request_pem;
    auto response = post_join(json::encode_text(request)).value();
    EXPECT_EQ(response.status, 200) << response.body;
    auto answer = json::decode_text<link::JoinAnswer>(response.body, json::Mode::lenient).value();
    uid = answer.node;
    return {answer.ca, "", answer.certificate, made.key_pem, answer.server_name};
  }
  Result<std::shared_ptr<net::MessageSocket>> dial(net::ClientTlsSettings settings) {
    net::DialRequest request;
    request.to = where;
    request.target = "/link";
    request.tls = net::ClientTls::create(std::move(settings)).value();
    return run_on(domain, dialer.dial(std::move(request)));
  }

  const std::string secret = std::string(64, '7');
  sys::SystemClock clock;
  net::IoLoops io{clock, 1};
  async::Loop domain{clock};
  store::testing::MemoryStore store{domain};
  store::Catalog catalog{domain, store};
  ClusterIdentity cluster;
  Editor editor{clock, store, catalog};
  NodeIndex nodes{catalog};
  Planner planner{catalog};
  Fleet fleet;
  Notices notices{domain, store};
  RefusalLog turned_away{domain, editor};
  Hold hold{domain, store, catalog, editor, notices};
  Enrolment enrolment{domain, cluster, catalog, editor, turned_away};
  Gateway gateway{GatewayParts{domain, io, cluster, catalog, editor, notices, nodes, planner, fleet,
                               enrolment, turned_away, hold}};
  net::WebSocketDialer dialer{io};
  net::Endpoint where;
  std::thread thread;
};

TEST_F(GatewayTest, lets_a_machine_join_and_its_agent_connect) {
  std::string uid;
  auto socket = dial(join("web-1", uid));
  ASSERT_TRUE(socket) << socket.error().what;
  Heard heard;
  net::SocketEvents events;
  events.on_frame = [&heard](std::string_view frame, net::FrameKind kind) {
    std::lock_guard lock(heard.mutex);
    heard.messages.push_back(link::decode_message(frame, kind).value());
  };
  (*socket)->start(std::move(events));
  link::Message hello;
  hello.hello.emplace();
  hello.hello->node = uid;
  (*socket)->send(link::frame_of(hello), net::FrameKind::text);

  ASSERT_TRUE(eventually([&] {
    std::lock_guard lock(heard.mutex);
    return !heard.messages.empty();
  }));
  ASSERT_TRUE(heard.messages[0].welcome);
  EXPECT_EQ(heard.messages[0].welcome->name, "web-1");
  EXPECT_TRUE(heard.messages[0].welcome->is_current);
  (*socket)->close(net::CloseCode::normal, "done");
  EXPECT_TRUE(eventually([&] { return connected() == 0; }));
}

TEST_F(GatewayTest, refuses_an_agent_without_a_certificate_and_writes_it_down) {
  auto socket = dial(joiner());

  ASSERT_FALSE(socket);
  EXPECT_EQ(socket.error().code, Errc::unauthenticated);
  ASSERT_TRUE(eventually([&] { return !refusals().empty(); }));
  EXPECT_THAT(refusals()[0], HasSubstr("expected the certificate"));
}

TEST_F(GatewayTest, refuses_a_certificate_of_another_ca_and_writes_it_down) {
  auto other = net::make_ca("other", clock.wall()).value();
  auto made = net::make_request().value();
  auto settings = joiner();
  settings.chain_pem =
      net::sign_request(other, made.request_pem, cluster.node_uri("u1"), clock.wall()).value();
  settings.key_pem = made.key_pem;

  EXPECT_FALSE(dial(std::move(settings)));
  EXPECT_TRUE(eventually([&] { return !refusals().empty(); }));
}

TEST_F(GatewayTest, refuses_a_node_that_was_removed_and_one_of_another_cluster) {
  std::string uid;
  auto settings = join("web-1", uid);
  ASSERT_TRUE(run_on(domain, store.commit({{}, {{store::keys::node("web-1"), nullptr}}})));
  auto removed = dial(settings);
  ASSERT_FALSE(removed);
  EXPECT_EQ(removed.error().code, Errc::forbidden);

  auto made = net::make_request().value();
  settings.chain_pem =
      net::sign_request(cluster.ca, made.request_pem, "reeve://c2/node/u1", clock.wall()).value();
  settings.key_pem = made.key_pem;
  auto stranger = dial(std::move(settings));
  ASSERT_FALSE(stranger);
  EXPECT_EQ(stranger.error().code, Errc::forbidden);
}

TEST_F(GatewayTest, writes_down_a_bad_peer_only_so_often) {
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(dial(joiner()));
  ASSERT_TRUE(eventually([&] { return !refusals().empty(); }));
  EXPECT_EQ(refusals().size(), 1u);
}

TEST_F(GatewayTest, answers_what_is_no_join_with_an_error) {
  EXPECT_EQ(post_join("no json").value().status, 400);
  EXPECT_EQ(post_join("{}").value().status, 400);
  EXPECT_EQ(post_join(std::string(70 * 1024, ' ')).value().status, 413);
}

}  // namespace
}  // namespace reeve::manager
