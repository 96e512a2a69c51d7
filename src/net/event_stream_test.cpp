#include "net/event_stream.hpp"

#include "net/client.hpp"
#include "net/testing/test_server.hpp"

#include <gtest/gtest.h>

#include <atomic>

namespace reeve::net {
namespace {

using namespace std::chrono_literals;
using testing::run_on;
using testing::TestServer;

TEST(Event, is_read_as_it_was_written) {
  EventReader reader;
  std::string text =
      ": comment\n\n" + format_event({"7", "service", "a\nb"}) + format_event({"", "", ""});
  std::vector<Event> events;
  for (std::size_t begin = 0, end; (end = text.find('\n', begin)) != text.npos; begin = end + 1)
    if (auto event = reader.feed(std::string_view(text).substr(begin, end - begin)))
      events.push_back(*event);
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].id, "7");
  EXPECT_EQ(events[0].event, "service");
  EXPECT_EQ(events[0].data, "a\nb");
  EXPECT_EQ(events[1].data, "");
}

struct Feeding {
  std::shared_ptr<EventFeed> feed;
  std::atomic<bool> has_ended = false;

  explicit Feeding(EventFeed::Settings settings) : feed(EventFeed::create(settings)) {
    feed->on_ended([this] {
      has_ended = true;
      has_ended.notify_all();
    });
  }
  ServerHandlers handlers() {
    ServerHandlers made;
    made.try_now = [this](const Request&) { return std::optional<Response>(feed->response()); };
    return made;
  }
};

std::string next_line(TestServer& server, ClientStream& stream) {
  auto line = run_on(server.loop(), stream.next_line(10s));
  return line && *line ? **line : "none";
}

TEST(EventFeed, carries_events_from_another_thread_and_keeps_alive) {
  Feeding feeding({.keep_alive = 5ms});
  TestServer server(feeding.handlers());
  HttpClient client(server.loop(), server.at);
  EXPECT_TRUE(feeding.feed->push({"1", "", "before"}));
  auto stream = run_on(server.loop(), client.open({})).value();
  EXPECT_EQ(stream->headers().get("content-type"), "text/event-stream");
  EXPECT_EQ(stream->headers().get("x-accel-buffering"), "no") << "it is to pass proxies at once";
  EXPECT_EQ(next_line(server, *stream), "id: 1");
  EXPECT_EQ(next_line(server, *stream), "data: before");
  EXPECT_EQ(next_line(server, *stream), "");
  EXPECT_EQ(next_line(server, *stream), ": still here");
  feeding.feed->push({"2", "", "after"});
  std::string line;
  while (!line.starts_with("data")) line = next_line(server, *stream);
  EXPECT_EQ(line, "data: after");
  feeding.feed->finish();
  while (line != "none") line = next_line(server, *stream);
  feeding.has_ended.wait(false);
  EXPECT_FALSE(feeding.feed->push({"3", "", "too late"}));
}

TEST(ClientStream, gives_the_bytes_of_an_answer_as_they_come) {
  Feeding feeding({.keep_alive = 1h});
  TestServer server(feeding.handlers());
  HttpClient client(server.loop(), server.at);
  EXPECT_TRUE(feeding.feed->push({"", "", "some"}));
  auto stream = run_on(server.loop(), client.open({})).value();
  std::string text;
  auto add = [&] {
    auto part = run_on(server.loop(), stream->next_part(10s));
    if (part && *part) text += **part;
    return part && *part;
  };
  ASSERT_TRUE(add());
  EXPECT_EQ(text, "data: some\n\n");
  feeding.feed->push({"", "", "more"});
  feeding.feed->finish();
  while (add()) {
  }
  EXPECT_EQ(text, "data: some\n\ndata: more\n\n");
}

TEST(EventFeed, ends_when_the_client_goes) {
  Feeding feeding({});
  TestServer server(feeding.handlers());
  {
    HttpClient client(server.loop(), server.at);
    auto stream = run_on(server.loop(), client.open({})).value();
    feeding.feed->push({"1", "", "x"});
    next_line(server, *stream);
  }
  feeding.has_ended.wait(false);
  EXPECT_FALSE(feeding.feed->push({"2", "", "x"}));
}

TEST(EventFeed, ends_rather_than_fill_the_memory) {
  auto feed = EventFeed::create({.max_queued_bytes = 100});
  EXPECT_TRUE(feed->push({"", "", std::string(50, 'x')}));
  EXPECT_FALSE(feed->push({"", "", std::string(50, 'x')}));
  EXPECT_FALSE(feed->push({"", "", "x"}));
}

}  // namespace
}  // namespace reeve::net
