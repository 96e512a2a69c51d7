#include "net/client.hpp"

#include "net/stream_writer.hpp"
#include "net/testing/test_server.hpp"

#include <gtest/gtest.h>

namespace reeve::net {
namespace {

using namespace std::chrono_literals;
using testing::run_on;
using testing::TestServer;

Task<> three_lines(StreamWriter writer) {
  auto first = co_await writer.write("one\ntw");
  if (!first) co_return;
  [[maybe_unused]] auto second = co_await writer.write("o\r\nthree");
}

Task<> silence(StreamWriter writer) {
  [[maybe_unused]] auto slept = co_await writer.loop().sleep_for(1h);
}

std::optional<Response> answer(const Request& request) {
  Response response;
  response.body = request.body + std::string(request.headers.get("X-Test"));
  if (request.path() == "/missing") return error_response({Errc::not_found, "nothing", "", {}});
  if (request.path() == "/lines") response.stream = three_lines;
  if (request.path() == "/silence") response.stream = silence;
  if (request.path() == "/large") response.body = std::string(1'000'000, 'x');
  return response;
}

class Client : public ::testing::Test {
 protected:
  static ServerHandlers handlers() {
    ServerHandlers made;
    made.try_now = answer;
    return made;
  }
  static ServerSettings settings() {
    ServerSettings made;
    made.idle_timeout = 40ms;
    return made;
  }

  Result<ClientResponse> ask(ClientRequest request) {
    return run_on(server.loop(), client.request(std::move(request)));
  }
  static ClientRequest get(std::string target) {
    ClientRequest request;
    request.target = std::move(target);
    return request;
  }

  TestServer server{handlers(), settings()};
  HttpClient client{server.loop(), server.at};
};

TEST_F(Client, uses_one_connection_again) {
  for (int i = 0; i < 3; ++i) {
    ClientRequest request;
    request.method = Method::post;
    request.body = "body";
    request.headers.add("X-Test", "+header");
    EXPECT_EQ(ask(request)->body, "body+header");
  }
  EXPECT_EQ(server.server.connection_count(), 1u);
}

TEST_F(Client, asks_again_when_the_kept_connection_was_closed) {
  EXPECT_EQ(ask(get("/"))->status, 200);
  while (server.server.connection_count() > 0) std::this_thread::yield();
  EXPECT_EQ(ask(get("/"))->status, 200);
}

TEST_F(Client, answers_any_status) {
  auto missing = ask(get("/missing"));
  EXPECT_EQ(missing->status, 404);
  EXPECT_NE(missing->body.find("not_found"), std::string::npos);
  ClientRequest head = get("/large");
  head.method = Method::head;
  EXPECT_EQ(ask(head)->headers.get("content-length"), "1000000");
}

TEST_F(Client, refuses_answers_beyond_its_limit) {
  EXPECT_EQ(ask(get("/large"))->body.size(), 1'000'000u);
  client.set_max_body_bytes(1000);
  HttpClient fresh(server.loop(), server.at);
  fresh.set_max_body_bytes(1000);
  EXPECT_EQ(run_on(server.loop(), fresh.request(get("/large"))).error().code, Errc::too_large);
}

TEST_F(Client, reads_an_answer_by_lines) {
  auto stream = run_on(server.loop(), client.open(get("/lines"))).value();
  std::vector<std::string> lines;
  for (;;) {
    auto line = run_on(server.loop(), stream->next_line(10s));
    ASSERT_TRUE(line) << line.error().what;
    if (!*line) break;
    lines.push_back(**line);
  }
  EXPECT_EQ(lines, (std::vector<std::string>{"one", "two", "three"}));
}

TEST_F(Client, waits_for_a_line_no_longer_than_told) {
  auto stream = run_on(server.loop(), client.open(get("/silence"))).value();
  for (int i = 0; i < 2; ++i)
    EXPECT_EQ(run_on(server.loop(), stream->next_line(1ms)).error().code, Errc::timeout);
}

TEST_F(Client, gives_up_at_its_deadline) {
  auto request = get("/silence");
  request.deadline = 5ms;
  auto late = ask(request);
  EXPECT_EQ(late.error().code, Errc::timeout);
  EXPECT_NE(late.error().what.find("did not answer in time"), std::string::npos);
}

TEST_F(Client, says_when_nobody_listens) {
  auto at = server.at;
  EXPECT_TRUE(server.stop(1s));
  HttpClient late(server.loop(), at);
  auto refused = run_on(server.loop(), late.request({}));
  EXPECT_EQ(refused.error().code, Errc::unavailable);
  EXPECT_NE(refused.error().what.find("refused"), std::string::npos) << refused.error().what;
}

}  // namespace
}  // namespace reeve::net
