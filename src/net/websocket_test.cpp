#include "net/websocket.hpp"

#include "net/ca.hpp"
#include "net/testing/collector.hpp"
#include "net/testing/raw_client.hpp"
#include "net/testing/test_server.hpp"

#include <gtest/gtest.h>

#include <list>

namespace reeve::net {
namespace {

using namespace std::chrono_literals;
using testing::Collector;
using testing::RawClient;
using testing::run_on;
using testing::TestServer;

// The key and its answer are those of RFC 6455, 1.3.
constexpr std::string_view kUpgrade =
    "GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\nX-Request-Id: r1\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

Frame frame(std::string text) { return std::make_shared<const std::string>(std::move(text)); }

void echo(std::shared_ptr<MessageSocket> socket) {
  SocketEvents events;
  // The read under way holds the socket.
  events.on_frame = [weak = std::weak_ptr(socket)](std::string_view text, FrameKind kind) {
    auto self = weak.lock();
    if (text == "close") return self->close(CloseCode::policy, "as you wish");
    if (text.starts_with("close: "))
      return self->close(CloseCode::policy, std::string(text.substr(7)));
    self->send(frame(std::string(text)), kind);
  };
  socket->start(std::move(events));
}

std::optional<Response> upgrade_all(const Request& request) {
  if (request.path() == "/closed")
    return error_response({Errc::unauthenticated, "who are you", "", {}});
  Response response;
  response.headers.add("X-Greeting", "hello");
  response.upgrade = echo;
  return response;
}

class WebSocket : public ::testing::Test {
 protected:
  void serve(std::shared_ptr<const ServerTls> tls = nullptr, ServerSettings settings = {}) {
    ServerHandlers handlers;
    handlers.try_now = upgrade_all;
    server = std::make_unique<TestServer>(std::move(handlers), settings, std::move(tls));
  }

  Result<std::shared_ptr<MessageSocket>> dial(DialRequest request = {}) {
    request.to = server->at;
    WebSocketDialer dialer(server->loops);
    return run_on(server->loop(), dialer.dial(std::move(request)));
  }

  std::unique_ptr<TestServer> server;
};

TEST_F(WebSocket, echoes_frames_small_and_large) {
  serve();
  auto socket = dial().value();
  Collector seen;
  socket->start(seen.events());
  std::vector<std::string> sent;
  for (std::size_t size : {0u, 1u, 125u, 126u, 70'000u, 3'000'000u, 5u}) {
    sent.push_back(std::string(size, 'x'));
    socket->send(frame(sent.back()), size % 2 ? FrameKind::text : FrameKind::binary);
  }
  EXPECT_EQ(seen.wait_for_frames(sent.size()), sent);
  EXPECT_TRUE(seen.wait_for_drain());
  EXPECT_EQ(socket->queued_bytes(), 0u);
}

TEST_F(WebSocket, keeps_the_order_of_a_burst) {
  serve();
  auto socket = dial().value();
  Collector seen;
  socket->start(seen.events());
  std::vector<std::string> sent;
  for (int i = 0; i < 2000; ++i) {
    sent.push_back(std::to_string(i) + std::string(static_cast<std::size_t>(i % 100), '.'));
    socket->send(frame(sent.back()), FrameKind::text);
  }
  EXPECT_EQ(seen.wait_for_frames(sent.size()), sent);
}

TEST_F(WebSocket, closes_from_either_side_with_its_reason) {
  serve();
  auto first = dial().value();
  Collector one;
  first->start(one.events());
  first->send(frame("close"), FrameKind::text);
  EXPECT_EQ(one.wait_for_close(), "as you wish");

  auto second = dial().value();
  Collector two;
  second->start(two.events());
  second->send(frame("last words"), FrameKind::text);
  second->close(CloseCode::normal, "done");
  EXPECT_EQ(two.wait_for_close(), "done");
}

TEST_F(WebSocket, a_reason_that_is_too_long_is_cut_between_two_letters) {
  serve();
  std::string reason = "a";
  for (int i = 0; i < 100; ++i) reason += "ö";
  Collector seen;
  auto socket = dial().value();
  socket->start(seen.events());
  socket->send(frame("close: " + reason), FrameKind::text);
  EXPECT_EQ(seen.wait_for_close(), reason.substr(0, 123));
}

TEST_F(WebSocket, refuses_messages_beyond_the_limit) {
  ServerSettings settings;
  settings.websocket.max_frame_bytes = 1000;
  serve(nullptr, settings);
  auto socket = dial().value();
  Collector seen;
  socket->start(seen.events());
  socket->send(frame(std::string(2000, 'x')), FrameKind::text);
  EXPECT_NE(seen.wait_for_close(), "still open");
}

TEST_F(WebSocket, closes_when_the_other_side_does_not_read) {
  serve();
  DialRequest request;
  request.settings.max_queued_bytes = 1'000'000;
  auto socket = dial(request).value();
  Collector seen;
  socket->start(seen.events());
  for (int i = 0; i < 3; ++i) socket->send(frame(std::string(400'000, 'x')), FrameKind::text);
  EXPECT_NE(seen.wait_for_close().find("queue is full"), std::string::npos);
}

// Upgrades to a socket that sends `bytes` at once.
ServerHandlers sending(const std::shared_ptr<Collector>& told, std::size_t bytes) {
  ServerHandlers handlers;
  handlers.try_now = [told, bytes](const Request&) -> std::optional<Response> {
    Response response;
    response.upgrade = [told, bytes](const std::shared_ptr<MessageSocket>& socket) {
      socket->start(told->events());
      socket->send(frame(std::string(bytes, 'x')), FrameKind::binary);
    };
    return response;
  };
  return handlers;
}

TEST_F(WebSocket, ends_one_who_takes_nothing) {
  auto told = std::make_shared<Collector>();
  ServerSettings settings;
  settings.websocket.write_timeout = 100ms;
  server = std::make_unique<TestServer>(sending(told, 8'000'000), settings);
  RawClient deaf(server->at, 4096);
  deaf.send(kUpgrade);
  EXPECT_EQ(told->wait_for_close(), "the other side takes nothing");
}

TEST_F(WebSocket, waits_for_one_who_takes_slowly) {
  auto told = std::make_shared<Collector>();
  ServerSettings settings;
  settings.websocket.write_timeout = 600ms;
  server = std::make_unique<TestServer>(sending(told, 8'000'000), settings);
  RawClient slow(server->at);
  slow.send(kUpgrade);

  for (int i = 0; i < 5; ++i) {
    slow.take(128 * 1024);
    auto later = run_on(server->loop(), server->loop().sleep_for(300ms));
    ASSERT_TRUE(later);
  }

  EXPECT_EQ(slow.take(7'000'000), 7'000'000u);
}

TEST_F(WebSocket, notices_a_silent_peer) {
  ServerSettings settings;
  settings.websocket.idle_timeout = 400ms;  // half of it is room for a busy machine
  serve(nullptr, settings);
  RawClient silent(server->at);
  silent.send(kUpgrade);
  EXPECT_TRUE(silent.read_until("\r\n\r\n").starts_with("HTTP/1.1 101 "));
  // A ping comes first; nobody answers it.
  EXPECT_EQ(silent.read_all().substr(0, 2), std::string("\x89\0", 2));
}

TEST_F(WebSocket, tells_the_refusal_of_the_server) {
  serve();
  DialRequest request;
  request.target = "/closed";
  auto refused = dial(request);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::unauthenticated);
  EXPECT_EQ(refused.error().what, "who are you");
}

TEST_F(WebSocket, needs_an_upgrade_request) {
  serve();
  RawClient client(server->at);
  client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(client.read_answer().starts_with("HTTP/1.1 426 Upgrade Required"));
  client.send(kUpgrade);
  auto answer = client.read_until("\r\n\r\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 101 ")) << answer;
  EXPECT_NE(answer.find("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), answer.npos)
      << answer;
  EXPECT_NE(answer.find("X-Greeting: hello"), answer.npos) << answer;
  EXPECT_NE(answer.find("X-Request-Id: r1"), answer.npos) << answer;
}

TEST_F(WebSocket, keeps_a_quiet_peer_that_answers_pings) {
  serve();
  DialRequest request;
  request.settings.idle_timeout = 300ms;
  auto socket = dial(request).value();
  Collector seen;
  socket->start(seen.events());
  auto later = run_on(server->loop(), server->loop().sleep_for(1200ms));
  socket->send(frame("still here"), FrameKind::text);
  EXPECT_EQ(seen.wait_for_frames(1), std::vector<std::string>{"still here"});
}

TEST_F(WebSocket, cannot_dial_where_nobody_listens) {
  serve();
  DialRequest request;
  EXPECT_TRUE(server->stop(1s));
  EXPECT_EQ(dial(request).error().code, Errc::unavailable);
}

Task<Response> never(async::Loop& loop) {
  [[maybe_unused]] auto slept = co_await loop.sleep_for(1h);
  co_return Response();
}

TEST_F(WebSocket, gives_up_a_dial_at_its_deadline) {
  ServerHandlers handlers;
  handlers.handle = [this](Request) { return never(server->loop()); };
  server = std::make_unique<TestServer>(std::move(handlers));
  DialRequest request;
  request.deadline = 20ms;
  EXPECT_EQ(dial(request).error().code, Errc::timeout);
}

TEST_F(WebSocket, ends_when_what_it_sends_goes_nowhere_for_its_limit) {
  ServerHandlers handlers;
  std::shared_ptr<MessageSocket> deaf;  // never started: it reads nothing
  handlers.try_now = [&deaf](const Request&) {
    Response response;
    response.upgrade = [&deaf](std::shared_ptr<MessageSocket> socket) { deaf = std::move(socket); };
    return std::optional(std::move(response));
  };
  server = std::make_unique<TestServer>(std::move(handlers));
  DialRequest request;
  request.unacknowledged_limit = 100ms;
  auto socket = dial(request).value();
  Collector seen;

  socket->start(seen.events());
  for (int i = 0; i < 30; ++i) socket->send(frame(std::string(1'000'000, 'a')), FrameKind::binary);

  EXPECT_EQ(seen.wait_for_close(), "connection timed out");
}

TEST_F(WebSocket, runs_over_mutual_tls) {
  sys::SystemClock clock;
  auto ca = make_ca("ours", clock.wall()).value();
  auto own = issue_server(ca, {"manager.c1"}, clock.wall()).value();
  serve(ServerTls::create({own.certificate_pem, own.key_pem, ca.certificate_pem,
                           ClientCertificate::required, false})
            .value());
  auto request = make_request().value();
  auto certificate =
      sign_request(ca, request.request_pem, "reeve://c1/node/7", clock.wall()).value();
  DialRequest dialled;
  dialled.tls =
      ClientTls::create({ca.certificate_pem, "", certificate, request.key_pem, "manager.c1"})
          .value();
  std::list<std::pair<std::shared_ptr<MessageSocket>, Collector>> sockets;
  for (int i = 0; i < 20; ++i) {
    auto& [socket, seen] = sockets.emplace_back(dial(dialled).value(), Collector());
    socket->start(seen.events());
    for (int j = 0; j < 100; ++j) socket->send(frame(std::string(500, 'a')), FrameKind::text);
    socket->send(frame(std::string(200'000, 'b')), FrameKind::text);
  }
  for (auto& [socket, seen] : sockets) EXPECT_EQ(seen.wait_for_frames(101).size(), 101u);
  EXPECT_EQ(sockets.front().first->peer().identity, "manager.c1");
}

}  // namespace
}  // namespace reeve::net
