#include "manager/api/testing/harness.hpp"
#include "net/event_stream.hpp"

#include <algorithm>

namespace reeve::manager::api {
namespace {

// Reads what a streaming answer writes.
class StringSink final : public net::StreamSink {
 public:
  explicit StringSink(async::Loop& loop) : loop_(loop) {}
  Task<Result<>> write(std::string part) override {
    text += part;
    co_return Result<>();
  }
  void cut() override {}
  async::Loop& loop() override { return loop_; }
  std::string text;

 private:
  async::Loop& loop_;
};

class EventsTest : public testing::ApiTest {
 protected:
  ~EventsTest() override {
    api->end_streams();
    loop.settle();
  }
  void listen(std::string path = "/api/v1/events", HeaderList headers = {},
              std::optional<std::string> token = std::nullopt) {
    response = send(make("GET", std::move(path), "",
                         token.value_or(tokens[model::Role::administrator]), headers));
    ASSERT_EQ(response.status, 200);
    group.start(response.stream(net::StreamWriter(sink)));
    loop.settle();
  }
  std::vector<EventData> seen() {
    loop.settle();
    std::vector<EventData> events;
    net::EventReader reader;
    std::string_view rest = sink.text;
    while (!rest.empty()) {
      auto end = rest.find('\n');
      auto event = reader.feed(rest.substr(0, end));
      rest = end == rest.npos ? std::string_view() : rest.substr(end + 1);
      if (event)
        events.push_back(json::decode_text<EventData>(event->data, json::Mode::strict).value());
    }
    return events;
  }

  StringSink sink{loop};
  net::Response response;
  async::TaskGroup group{loop, "event readers"};
};

TEST_F(EventsTest, tell_of_edits_and_of_what_is_seen) {
  add_node("web-1");
  listen();

  put_service("pay", {"10.0.0.1"}, R"(,"subscriptions":[{"nodes":["web-1"]}])");
  auto uid = (*catalog->snapshot()->services.find("pay"))->head().uid;
  connect("web-1");
  say("web-1", model::ListMark{1, 1});
  ask("DELETE", "/services/pay?cascade=true");

  auto events = seen();
  ASSERT_EQ(events.size(), 4u);
  EXPECT_EQ(events[0].kind + events[0].name + events[0].change, "servicepayput");
  EXPECT_EQ(events[0].revision, catalog->snapshot()->revision - 1);
  EXPECT_EQ(events[1].kind + events[1].name + events[1].change, "nodeweb-1state");
  EXPECT_EQ(events[2].kind + events[2].name + events[2].change, "subscriberpay/web-1state");
  EXPECT_EQ(events[3].change, "delete");
  EXPECT_EQ(events[3].uid, uid);
}

TEST_F(EventsTest, go_on_where_a_client_was) {
  put_service("one", {});
  auto seen_by_client = catalog->snapshot()->revision;
  put_service("two", {});
  put_service("three", {});

  listen(fmt::format("/api/v1/events?since={}", seen_by_client));

  auto events = seen();
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].name, "two");
  EXPECT_EQ(events[1].name, "three");
}

TEST_F(EventsTest, tell_the_last_revision_again_to_who_may_have_seen_a_part_of_it) {
  put_service("one", {});
  put_service("two", {});
  auto last = fmt::format("{}", catalog->snapshot()->revision);

  listen("/api/v1/events", {{"Last-Event-ID", last}});

  ASSERT_EQ(seen().size(), 1u);
  EXPECT_EQ(seen()[0].name, "two");
}

TEST_F(EventsTest, say_reset_to_who_was_away_too_long) {
  put_service("one", {});

  listen("/api/v1/events?since=1");

  ASSERT_EQ(seen().size(), 1u);
  EXPECT_EQ(seen()[0].kind, "reset");
}

TEST_F(EventsTest, about_a_kernel_service_are_for_administrators) {
  model::StoredService head;
  head.uid = "k1";
  head.name = "node_manager";
  head.kernel = true;
  head.revision = 1;
  auto since = fmt::format("/api/v1/events?since={}", catalog->snapshot()->revision);
  commit({{store::keys::content("k1", 1), store::bytes("{}")},
          {store::keys::service("node_manager"), store::bytes(json::encode_text(head))}});

  listen(since, {}, tokens[model::Role::operator_]);
  commit({{store::keys::service("node_manager"), nullptr}});
  EXPECT_TRUE(seen().empty());

  listen(since);
  ASSERT_EQ(seen().size(), 2u);
  EXPECT_EQ(seen()[1].change, "delete");
}

TEST_F(EventsTest, end_when_the_token_is_revoked) {
  listen("/api/v1/events", {}, tokens[model::Role::viewer]);
  EXPECT_EQ(group.size(), 1u);

  ask("DELETE", "/tokens/viewer-token");
  loop.settle();

  EXPECT_EQ(group.size(), 0u);
}

}  // namespace
}  // namespace reeve::manager::api
