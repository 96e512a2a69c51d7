#include "net/tls.hpp"

#include "net/ca.hpp"
#include "net/client.hpp"
#include "net/testing/raw_client.hpp"
#include "net/testing/test_server.hpp"

#include <gtest/gtest.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

namespace reeve::net {
namespace {

using namespace std::chrono_literals;
using testing::run_on;
using testing::TestServer;

constexpr const char* kName = "manager.c1";
constexpr const char* kUri = "reeve://c1/node/7";

class Tls : public ::testing::Test {
 protected:
  sys::SystemClock clock;
  Identity ca = make_ca("ours", clock.wall()).value();
  Identity other_ca = make_ca("theirs", clock.wall()).value();

  ServerTlsSettings server_settings(ClientCertificate verify = ClientCertificate::none) {
    auto own = issue_server(ca, {kName, "127.0.0.1"}, clock.wall()).value();
    return {own.certificate_pem + ca.certificate_pem, own.key_pem, ca.certificate_pem, verify,
            false};
  }

  ClientTlsSettings client_settings() { return {ca.certificate_pem, "", "", "", kName}; }

  ClientTlsSettings with_certificate(const Identity& issuer, WallTime issued) {
    auto settings = client_settings();
    auto request = make_request().value();
    settings.chain_pem = sign_request(issuer, request.request_pem, kUri, issued).value();
    settings.key_pem = request.key_pem;
    return settings;
  }

  std::unique_ptr<TestServer> serve(ServerTlsSettings settings) {
    ServerHandlers handlers;
    handlers.try_now = [this](const Request& request) -> std::optional<Response> {
      Response response;
      response.body =
          request.peer->identity + (request.peer->is_certificate_expired ? " expired" : "");
      std::lock_guard lock(mutex);
      key_fingerprint = request.peer->key_fingerprint;
      return response;
    };
    handlers.on_handshake_failure = [this](const Endpoint&, const std::string& sentence) {
      std::lock_guard lock(mutex);
      failures.push_back(sentence);
      changed.notify_all();
    };
    return std::make_unique<TestServer>(std::move(handlers), ServerSettings{},
                                        ServerTls::create(std::move(settings)).value());
  }

  Result<ClientResponse> ask(TestServer& server, ClientTlsSettings settings) {
    HttpClient client(server.loop(), server.at, ClientTls::create(std::move(settings)).value());
    return run_on(server.loop(), client.request({}));
  }

  /// The first handshake failure that the server told of.
  std::string failure() {
    std::unique_lock lock(mutex);
    changed.wait_for(lock, 10s, [this] { return !failures.empty(); });
    return failures.empty() ? "none" : failures.front();
  }

  std::string key_fingerprint;  // of the last client
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::string> failures;
};

TEST_F(Tls, gives_no_turn_to_those_who_say_nothing) {
  ServerSettings settings;
  settings.max_handshakes = 1;
  ServerHandlers handlers;
  handlers.try_now = [](const Request&) { return std::optional<Response>(Response()); };
  TestServer server(std::move(handlers), settings, ServerTls::create(server_settings()).value());
  std::vector<std::unique_ptr<testing::RawClient>> silent;
  for (int i = 0; i < 50; ++i) silent.push_back(std::make_unique<testing::RawClient>(server.at));

  auto began = clock.now();
  for (int i = 0; i < 5; ++i) {
    auto answer = ask(server, client_settings());
    EXPECT_TRUE(answer) << answer.error().what;
  }
  EXPECT_LT(clock.now() - began, settings.handshake_timeout / 2);
}

TEST_F(Tls, leaves_a_turn_to_others_when_one_address_stalls_in_every_handshake) {
  ServerSettings settings;
  settings.max_handshakes = 4;
  ServerHandlers handlers;
  handlers.try_now = [](const Request&) { return std::optional<Response>(Response()); };
  TestServer server(std::move(handlers), settings, ServerTls::create(server_settings()).value());
  std::vector<std::unique_ptr<testing::RawClient>> stalling;
  for (int i = 0; i < 20; ++i) {
    stalling.push_back(std::make_unique<testing::RawClient>(server.at, 0, "127.0.0.2"));
    stalling.back()->send("\x16");  // a handshake record begins
  }

  auto began = clock.now();
  for (int i = 0; i < 3; ++i) {
    auto answer = ask(server, client_settings());
    EXPECT_TRUE(answer) << answer.error().what;
  }
  EXPECT_LT(clock.now() - began, settings.handshake_timeout / 2);
}

TEST_F(Tls, closes_those_who_say_nothing_in_time) {
  ServerSettings settings;
  settings.handshake_timeout = 50ms;
  settings.header_timeout = 50ms;
  TestServer server(ServerHandlers(), settings, ServerTls::create(server_settings()).value());
  testing::RawClient silent(server.at);
  EXPECT_TRUE(silent.is_closed_by_peer());
  EXPECT_TRUE(server.stop(1s));
}

TEST_F(Tls, serves_a_client_that_knows_the_ca) {
  auto server = serve(server_settings());
  auto answer = ask(*server, client_settings());
  ASSERT_TRUE(answer) << answer.error().what;
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "");
}

TEST_F(Tls, knows_the_ca_by_its_fingerprint) {
  auto server = serve(server_settings());
  auto settings = client_settings();
  settings.ca_pem = "";
  settings.ca_fingerprint = read_certificate(ca.certificate_pem)->fingerprint;
  auto answer = ask(*server, settings);
  EXPECT_TRUE(answer) << answer.error().what;

  settings.ca_fingerprint = read_certificate(other_ca.certificate_pem)->fingerprint;
  auto refused = ask(*server, settings);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().what.find("another fingerprint"), std::string::npos)
      << refused.error().what;
}

TEST_F(Tls, sends_its_chain_to_strangers_only_where_told_to) {
  auto settings = server_settings();
  settings.sends_chain_to_strangers_only = true;
  auto server = serve(settings);
  EXPECT_TRUE(ask(*server, client_settings()));  // it has the CA and names the server
  ClientTlsSettings stranger;
  stranger.ca_fingerprint = read_certificate(ca.certificate_pem)->fingerprint;
  EXPECT_TRUE(ask(*server, stranger));
  stranger.server_name = kName;
  EXPECT_TRUE(ask(*server, stranger));
}

TEST_F(Tls, takes_any_server_of_a_pinned_ca_but_none_of_its_clients) {
  auto server = serve(server_settings());
  ClientTlsSettings settings;
  settings.ca_fingerprint = read_certificate(ca.certificate_pem)->fingerprint;
  auto answer = ask(*server, settings);
  EXPECT_TRUE(answer) << answer.error().what;

  auto request = make_request().value();
  auto node = sign_request(ca, request.request_pem, kUri, clock.wall()).value();
  auto impostor = serve({node + ca.certificate_pem, request.key_pem, "", {}, false});
  EXPECT_FALSE(ask(*impostor, settings));
}

TEST_F(Tls, refuses_a_server_of_another_ca_or_name) {
  auto server = serve(server_settings());
  auto settings = client_settings();
  settings.ca_pem = other_ca.certificate_pem;
  EXPECT_NE(ask(*server, settings).error().what.find("unknown CA"), std::string::npos);
  EXPECT_NE(failure().find("does not know the CA"), std::string::npos) << failure();

  settings = client_settings();
  settings.server_name = "manager.c2";
  EXPECT_NE(ask(*server, settings).error().what.find("another name"), std::string::npos);
  settings.server_name = "127.0.0.1";
  EXPECT_TRUE(ask(*server, settings));
}

TEST_F(Tls, tells_who_the_client_is) {
  auto server = serve(server_settings(ClientCertificate::required));
  auto answer = ask(*server, with_certificate(ca, clock.wall()));
  ASSERT_TRUE(answer) << answer.error().what;
  EXPECT_EQ(answer->body, kUri);
  EXPECT_EQ(key_fingerprint.size(), 64u);
}

TEST_F(Tls, refuses_a_client_without_a_certificate) {
  auto server = serve(server_settings(ClientCertificate::required));
  EXPECT_FALSE(ask(*server, client_settings()));
  EXPECT_NE(failure().find("sent no certificate"), std::string::npos) << failure();
}

TEST_F(Tls, lets_a_client_without_a_certificate_in_where_it_is_optional) {
  auto server = serve(server_settings(ClientCertificate::optional));
  EXPECT_TRUE(ask(*server, client_settings()));
  EXPECT_EQ(ask(*server, with_certificate(ca, clock.wall()))->body, kUri);
}

TEST_F(Tls, refuses_a_client_of_another_ca) {
  auto server = serve(server_settings(ClientCertificate::required));
  EXPECT_FALSE(ask(*server, with_certificate(other_ca, clock.wall())));
  EXPECT_NE(failure().find("unknown CA"), std::string::npos) << failure();
}

TEST_F(Tls, refuses_an_expired_client) {
  auto server = serve(server_settings(ClientCertificate::required));
  EXPECT_FALSE(ask(*server, with_certificate(ca, clock.wall() - kNodeLife - 24h)));
  EXPECT_NE(failure().find("has expired"), std::string::npos) << failure();
}

TEST_F(Tls, refuses_a_client_from_the_future) {
  // Certificates begin when their CA does: that is from the future, and trusted all the same.
  auto later = make_ca("later", clock.wall() + 48h).value();
  auto settings = server_settings(ClientCertificate::required);
  settings.client_ca_pem += later.certificate_pem;
  auto server = serve(settings);
  EXPECT_FALSE(ask(*server, with_certificate(later, clock.wall() + 48h)));
  EXPECT_NE(failure().find("not yet valid"), std::string::npos) << failure();
}

TEST_F(Tls, lets_an_expired_client_in_where_told_to) {
  auto settings = server_settings(ClientCertificate::required);
  settings.accept_expired = true;
  auto server = serve(settings);
  auto old = ask(*server, with_certificate(ca, clock.wall() - kNodeLife - 24h));
  ASSERT_TRUE(old) << old.error().what;
  EXPECT_EQ(old->body, std::string(kUri) + " expired");
  EXPECT_FALSE(ask(*server, with_certificate(other_ca, clock.wall() - kNodeLife - 24h)));
}

TEST_F(Tls, a_client_whose_clock_is_behind_knows_that_it_is_later) {
  ca = make_ca("ours", clock.wall() + 24h * 100).value();
  auto server = serve(server_settings());
  EXPECT_FALSE(ask(*server, client_settings()));

  ClientTlsSettings pinned;
  pinned.ca_fingerprint = read_certificate(ca.certificate_pem)->fingerprint;
  auto joined = ask(*server, pinned);
  EXPECT_TRUE(joined) << joined.error().what;
  auto enrolled = ask(*server, with_certificate(ca, clock.wall() + 24h * 110));
  EXPECT_TRUE(enrolled) << enrolled.error().what;
}

TEST_F(Tls, says_that_a_plain_client_speaks_no_tls) {
  auto server = serve(server_settings());
  testing::RawClient client(server->at);
  client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_NE(failure().find("does not speak TLS"), std::string::npos) << failure();
}

TEST_F(Tls, uses_new_certificates_after_a_reload) {
  auto tls = ServerTls::create(server_settings()).value();
  auto settings = server_settings();
  settings.key_pem = "nonsense";
  EXPECT_FALSE(tls->reload(settings));
  EXPECT_TRUE(tls->reload(server_settings()));
  settings = server_settings();
  settings.key_pem = make_request()->key_pem;
  EXPECT_NE(tls->reload(settings).error().what.find("does not belong"), std::string::npos);
}

TEST_F(Tls, carries_large_bodies_both_ways) {
  ServerHandlers handlers;
  handlers.try_now = [](const Request& request) -> std::optional<Response> {
    Response response;
    response.body = request.body + request.body;
    return response;
  };
  TestServer server(std::move(handlers), {}, ServerTls::create(server_settings()).value());
  HttpClient client(server.loop(), server.at, ClientTls::create(client_settings()).value());
  ClientRequest request;
  request.method = Method::post;
  request.body = std::string(3'000'000, 'x');
  auto answer = run_on(server.loop(), client.request(request));
  ASSERT_TRUE(answer) << answer.error().what;
  EXPECT_EQ(answer->body.size(), 6'000'000u);
}

}  // namespace
}  // namespace reeve::net
