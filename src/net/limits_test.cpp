// What a client may not do to the server: each is refused in words, or the connection is closed.
#include "net/server.hpp"
#include "net/testing/raw_client.hpp"
#include "net/testing/test_server.hpp"

#include <gtest/gtest.h>

namespace reeve::net {
namespace {

using namespace std::chrono_literals;
using testing::RawClient;
using testing::TestServer;

Task<Response> accept_all(Request request) {
  Response response;
  response.body = std::to_string(request.body.size());
  co_return response;
}

ServerHandlers handlers() {
  ServerHandlers made;
  made.handle = accept_all;
  made.body_limit = [](const Request& request) -> std::size_t {
    return request.path() == "/small" ? 10 : 1024 * 1024;
  };
  return made;
}

std::string ask(TestServer& server, std::string_view bytes) {
  RawClient client(server.at);
  client.send(bytes);
  return client.read_all();
}

TEST(HttpLimits, refuse_malformed_requests_in_words) {
  TestServer server(handlers());
  for (const char* bytes :
       {"nonsense\r\n\r\n", "GET / HTTP/2.0\r\nHost: x\r\n\r\n", "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost x\r\n\r\n", "GET  / HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET http://other/ HTTP/1.1\r\nHost: x\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n"  // NOLINT(*-missing-comma)
        "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n"}) {
    auto answer = ask(server, bytes);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 ")) << bytes << "\n" << answer;
    EXPECT_NE(answer.find(R"({"error":{"code":"invalid","message":")"), answer.npos) << answer;
    EXPECT_NE(answer.find(R"("field":null,"faults":[{)"), answer.npos) << answer;
  }
}

TEST(HttpLimits, refuse_transfer_encodings_but_chunked) {
  TestServer server(handlers());
  for (const char* encoding : {"gzip, chunked", "chunked, identity", "chunked\xc3", "identity"}) {
    auto answer = ask(
        server, fmt::format("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: {}\r\n\r\n0\r\n\r\n",
                            encoding));
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 501 ") || answer.starts_with("HTTP/1.1 400 "))
        << answer;
  }
}

TEST(HttpLimits, refuse_headers_beyond_their_limit) {
  TestServer server(handlers());
  auto answer =
      ask(server, "GET / HTTP/1.1\r\nHost: x\r\nX: " + std::string(20'000, 'a') + "\r\n\r\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 431 ")) << answer;
  EXPECT_TRUE(ask(server, "GET /" + std::string(20'000, 'a')).starts_with("HTTP/1.1 431 "));
}

TEST(HttpLimits, refuse_bodies_beyond_their_route_s_limit_without_reading_them) {
  TestServer server(handlers());
  auto by_length =
      ask(server, "PUT /small HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\nabc");
  EXPECT_TRUE(by_length.starts_with("HTTP/1.1 413 ")) << by_length;
  EXPECT_NE(by_length.find("at most 10 bytes, got 99999999"), by_length.npos);
  auto by_chunks = ask(server,
                       "PUT /small HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                       "8\r\n12345678\r\n8\r\n12345678\r\n");
  EXPECT_TRUE(by_chunks.starts_with("HTTP/1.1 413 ")) << by_chunks;
  auto whole = ask(server, "PUT /x HTTP/1.1\r\nHost: x\r\nContent-Length: 2097152\r\n\r\n" +
                               std::string(2'097'152, 'x'));
  EXPECT_TRUE(whole.starts_with("HTTP/1.1 413 ")) << whole;
  auto within = ask(
      server, "PUT /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 1000000\r\n\r\n" +
                  std::string(1'000'000, 'x'));
  EXPECT_TRUE(within.ends_with("\r\n\r\n1000000")) << within;
}

TEST(HttpLimits, close_connections_that_are_too_slow_or_too_quiet) {
  ServerSettings settings;
  settings.header_timeout = 50ms;
  settings.body_grace = 50ms;
  settings.body_bytes_per_second = 1'000'000;
  settings.idle_timeout = 50ms;
  TestServer server(handlers(), settings);
  RawClient silent(server.at);
  RawClient half_header(server.at);
  half_header.send("GET / HTTP/1.1\r\nHost");
  RawClient half_body(server.at);
  half_body.send("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");
  RawClient done(server.at);
  done.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  done.read_answer();
  for (auto* client : {&silent, &half_header, &half_body, &done})
    EXPECT_TRUE(client->is_closed_by_peer());
}

TEST(HttpLimits, turn_away_connections_beyond_their_number) {
  ServerSettings settings;
  settings.max_connections = 2;
  TestServer server(handlers(), settings);
  RawClient first(server.at);
  RawClient second(server.at);
  for (auto* client : {&first, &second}) {
    client->send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    client->read_answer();
  }
  auto third = ask(server, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(third.starts_with("HTTP/1.1 503 ")) << third;
  EXPECT_NE(third.find("too many connections"), third.npos);
}

TEST(HttpLimits, survive_clients_that_reset) {
  TestServer server(handlers());
  for (int i = 0; i < 50; ++i) {
    RawClient client(server.at);
    client.send(
        "GET / HTTP/1.1\r\nHost: x\r\n\r\nPUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n");
    client.reset();
  }
  EXPECT_TRUE(
      ask(server, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").ends_with("\r\n\r\n0"));
}

}  // namespace
}  // namespace reeve::net
