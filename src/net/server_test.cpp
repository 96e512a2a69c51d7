#include "net/server.hpp"

#include "net/stream_writer.hpp"
#include "net/testing/raw_client.hpp"
#include "net/testing/test_server.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <list>

namespace reeve::net {
namespace {

using namespace std::chrono_literals;
using testing::RawClient;
using testing::run_on;
using ::testing::Test;
using testing::TestServer;

Response text(std::string body, int status = 200) {
  Response response;
  response.status = status;
  response.content_type = "text/plain";
  response.body = std::move(body);
  return response;
}

std::optional<Response> answer_now(const Request& request) {
  if (request.path() == "/now") return text("now");
  if (request.path() == "/empty") return text("", 204);
  if (request.path() == "/large") return text(std::string(3'000'000, 'x'));
  return std::nullopt;
}

Task<Response> echo(Request request) {
  co_return text(fmt::format("{} {} {}", to_string(request.method), request.target, request.body));
}

ServerHandlers handlers() {
  ServerHandlers made;
  made.try_now = answer_now;
  made.handle = echo;
  return made;
}

TEST(HttpServer, keeps_a_connection_for_many_requests) {
  TestServer server(handlers());
  RawClient client(server.at);
  for (int i = 0; i < 3; ++i) {
    client.send("GET /now HTTP/1.1\r\nHost: x\r\n\r\n");
    auto answer = client.read_answer();
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
    EXPECT_TRUE(answer.ends_with("\r\n\r\nnow")) << answer;
    EXPECT_NE(answer.find("X-Request-Id: "), answer.npos);
  }
  EXPECT_EQ(server.server.connection_count(), 1u);
}

TEST(HttpServer, answers_pipelined_requests_in_order) {
  TestServer server(handlers());
  RawClient client(server.at);
  client.send(
      "GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /now HTTP/1.1\r\nHost: x\r\n\r\n"
      "POST /2 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
      "GET /3 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\nGET /4 HTTP/1.1\r\n\r\n");
  auto all = client.read_all();
  auto first = all.find("GET /1 ");
  auto second = all.find("\r\n\r\nnow");
  auto third = all.find("POST /2 abc");
  auto fourth = all.find("GET /3 ");
  EXPECT_TRUE(first < second && second < third && third < fourth && fourth != all.npos) << all;
  EXPECT_EQ(all.find("GET /4"), all.npos);
}

TEST(HttpServer, reads_requests_that_come_byte_by_byte) {
  TestServer server(handlers());
  RawClient client(server.at);
  for (char c : std::string("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"))
    client.send(std::string_view(&c, 1));
  EXPECT_TRUE(client.read_answer().ends_with("POST /a hello"));
  for (char c :
       std::string("POST /b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"))
    client.send(std::string_view(&c, 1));
  EXPECT_TRUE(client.read_answer().ends_with("POST /b "));
}

TEST(HttpServer, reads_chunked_bodies) {
  TestServer server(handlers());
  RawClient client(server.at);
  client.send("POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
  client.send("6;x=y\r\n world\r\n0\r\n\r\nGET /now HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(client.read_answer().ends_with("POST /a hello world"));
  EXPECT_TRUE(client.read_answer().ends_with("now"));
}

TEST(HttpServer, tells_a_client_that_asks_to_go_on) {
  TestServer server(handlers());
  RawClient client(server.at);
  client.send("PUT /a HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("hi");
  EXPECT_TRUE(client.read_answer().ends_with("PUT /a hi"));
}

TEST(HttpServer, answers_head_with_the_length_alone) {
  TestServer server(handlers());
  RawClient client(server.at);
  client.send("HEAD /large HTTP/1.1\r\nHost: x\r\n\r\nGET /empty HTTP/1.1\r\nHost: x\r\n\r\n");
  auto head = client.read_until("204 No Content");
  EXPECT_NE(head.find("Content-Length: 3000000\r\n"), head.npos);
  EXPECT_EQ(head.find("xxx"), head.npos);
}

TEST(HttpServer, closes_for_http_1_0_unless_asked_to_stay) {
  TestServer server(handlers());
  RawClient client(server.at);
  client.send("GET /now HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_NE(client.read_answer().find("Connection: keep-alive"), std::string::npos);
  client.send("GET /now HTTP/1.0\r\n\r\n");
  EXPECT_NE(client.read_all().find("Connection: close"), std::string::npos);
}

TEST(HttpServer, sends_large_bodies_to_slow_readers) {
  TestServer server(handlers());
  RawClient client(server.at, 4096);
  client.send("GET /large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  auto all = client.read_all();
  EXPECT_EQ(all.size() - all.find("\r\n\r\n") - 4, 3'000'000u);
}

TEST(HttpServer, takes_over_a_sane_request_id) {
  TestServer server(handlers());
  RawClient client(server.at);
  client.send("GET /now HTTP/1.1\r\nHost: x\r\nX-Request-Id: abc-1\r\n\r\n");
  EXPECT_NE(client.read_answer().find("X-Request-Id: abc-1\r\n"), std::string::npos);
  client.send("GET /now HTTP/1.1\r\nHost: x\r\nX-Request-Id: <script>\r\n\r\n");
  EXPECT_EQ(client.read_answer().find("script"), std::string::npos);
}

TEST(HttpServer, serves_ipv6_and_every_address) {
  TestServer server(handlers(), {}, nullptr, "::1");
  RawClient six(server.at);
  six.send("GET /now HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(six.read_answer().ends_with("now"));

  auto everywhere = server.server.listen({"", 0}).value();
  for (const char* host : {"127.0.0.1", "::1"}) {
    RawClient client({host, everywhere.port});
    client.send("GET /now HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_TRUE(client.read_answer().ends_with("now")) << host;
  }
}

TEST(HttpServer, says_why_it_cannot_listen) {
  TestServer server(handlers());
  auto taken = server.server.listen(server.at);
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code, Errc::in_use) << taken.error().what;
  EXPECT_EQ(server.server.listen({"nowhere", 1}).error().code, Errc::invalid);
}

Task<> count_to_three(StreamWriter writer) {
  for (int i = 1; i <= 3; ++i) {
    auto written = co_await writer.write(fmt::format("line {}\n", i));
    if (!written) co_return;
  }
}

std::optional<Response> stream_three(const Request&) {
  Response response = text("");
  response.stream = count_to_three;
  return response;
}

Task<> begin_and_cut(StreamWriter writer) {
  auto written = co_await writer.write("half");
  EXPECT_TRUE(written);
  writer.cut();
}

TEST(HttpServer, cuts_a_stream_that_is_not_whole) {
  ServerHandlers streaming;
  streaming.try_now = [](const Request&) -> std::optional<Response> {
    Response response;
    response.stream = begin_and_cut;
    return response;
  };
  TestServer server(std::move(streaming));
  RawClient client(server.at);
  client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  auto answer = client.read_all();
  EXPECT_TRUE(answer.ends_with("\r\n4\r\nhalf\r\n")) << answer;
}

TEST(HttpServer, streams_an_answer_and_goes_on) {
  ServerHandlers streaming;
  streaming.try_now = stream_three;
  TestServer server(std::move(streaming));
  RawClient client(server.at);
  client.send(
      "GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  auto all = client.read_all();
  auto first = all.find("7\r\nline 3\n\r\n0\r\n\r\n");
  ASSERT_NE(first, all.npos) << all;
  EXPECT_NE(all.find("7\r\nline 3\n\r\n0\r\n\r\n", first + 1), all.npos);
}

struct Flood {
  std::atomic<std::size_t> written = 0;
  std::atomic<bool> has_ended = false;
};

Task<> flood(Flood& flood, StreamWriter writer) {
  for (;;) {
    auto written = co_await writer.write(std::string(64 * 1024, 'x'));
    if (!written) break;
    flood.written += 64 * 1024;
  }
  flood.has_ended = true;
  flood.has_ended.notify_all();
}

ServerHandlers flooding(Flood& state) {
  ServerHandlers made;
  made.try_now = [&state](const Request&) -> std::optional<Response> {
    Response response = text("");
    response.stream = [&state](StreamWriter writer) { return flood(state, writer); };
    return response;
  };
  return made;
}

TEST(HttpServer, slows_a_stream_down_for_its_reader_and_ends_it_when_he_goes) {
  Flood state;
  TestServer server(flooding(state));
  {
    RawClient client(server.at, 4096);
    client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    client.read_until("xxxx");
    auto before = state.written.load();
    EXPECT_LT(before, 16u * 1024 * 1024);
  }
  state.has_ended.wait(false);
  EXPECT_TRUE(state.has_ended);
}

TEST(HttpServer, drops_a_reader_who_takes_nothing) {
  Flood state;
  ServerSettings settings;
  settings.write_timeout = 50ms;
  TestServer server(flooding(state), settings);
  RawClient client(server.at, 4096);
  client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  state.has_ended.wait(false);
  EXPECT_TRUE(state.has_ended);
}

TEST(HttpServer, waits_for_a_reader_who_takes_slowly) {
  ServerSettings settings;
  settings.write_timeout = 600ms;
  ServerHandlers large;
  large.try_now = [](const Request&) { return std::optional(text(std::string(8'000'000, 'x'))); };
  TestServer server(std::move(large), settings);
  RawClient client(server.at);
  client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");

  // Takes so little that the system does not ask the server for more in its time.
  for (int i = 0; i < 5; ++i) {
    client.take(128 * 1024);
    ASSERT_TRUE(run_on(server.loop(), server.loop().sleep_for(settings.write_timeout / 2)));
  }

  EXPECT_GT(client.read_answer().size(), 8'000'000u);
}

struct Gate {
  std::atomic<bool> is_entered = false;
  std::atomic<bool> is_open = false;
};

Task<Response> wait_at(Gate& gate, async::Loop& loop) {
  gate.is_entered = true;
  gate.is_entered.notify_all();
  while (!gate.is_open) {
    auto slept = co_await loop.sleep_for(1ms);
    if (!slept) break;
  }
  co_return text("through");
}

TEST(HttpServer, finishes_what_is_in_flight_when_it_stops) {
  Gate gate;
  async::Loop* loop = nullptr;
  ServerHandlers slow;
  slow.handle = [&gate, &loop](Request) { return wait_at(gate, *loop); };
  TestServer server(std::move(slow));
  loop = &server.loop();
  RawClient idle(server.at);
  RawClient busy(server.at);
  busy.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  gate.is_entered.wait(false);

  EXPECT_EQ(server.stop(10ms).error().code, Errc::timeout);

  EXPECT_TRUE(idle.is_closed_by_peer());
  gate.is_open = true;
  EXPECT_THROW(RawClient{server.at}, std::runtime_error);
}

TEST(HttpServer, stops_at_once_when_nothing_is_in_flight) {
  Flood state;
  TestServer server(flooding(state));
  RawClient idle(server.at);
  RawClient streaming(server.at);
  streaming.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  streaming.read_until("xxxx");

  EXPECT_TRUE(server.stop(10s));

  EXPECT_TRUE(state.has_ended);
  EXPECT_TRUE(idle.is_closed_by_peer());
  EXPECT_EQ(server.server.connection_count(), 0u);
}

TEST(HttpServer, holds_a_thousand_idle_connections) {
  TestServer server(handlers());
  std::list<RawClient> clients;
  for (int i = 0; i < 1000; ++i) clients.emplace_back(server.at);
  for (auto& client : clients) client.send("GET /now HTTP/1.1\r\nHost: x\r\n\r\n");
  for (auto& client : clients) EXPECT_TRUE(client.read_answer().ends_with("now"));
  EXPECT_EQ(server.server.connection_count(), 1000u);
}

}  // namespace
}  // namespace reeve::net
