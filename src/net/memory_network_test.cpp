#include "net/testing/memory_network.hpp"

#include "async/testing/virtual_loop.hpp"

#include <gtest/gtest.h>

namespace reeve::net::testing {
namespace {

using namespace std::chrono_literals;
using async::testing::VirtualLoop;

struct Seen {
  std::vector<std::string> frames;
  std::string closed = "open";
  int drained = 0;

  SocketEvents events() {
    return {[this](std::string_view frame, FrameKind) { frames.emplace_back(frame); },
            [this] { ++drained; }, [this](std::string reason) { closed = std::move(reason); }};
  }
};

Frame frame(std::string text) { return std::make_shared<const std::string>(std::move(text)); }

class MemoryPair : public ::testing::Test {
 protected:
  void start() {
    pair.client->start(client.events());
    pair.server->start(server.events());
  }

  VirtualLoop loop;
  SocketPair pair = make_socket_pair(loop);
  Seen client, server;
};

TEST_F(MemoryPair, carries_frames_in_order_both_ways) {
  pair.client->send(frame("early"), FrameKind::text);
  start();
  pair.client->send(frame("1"), FrameKind::text);
  pair.client->send(frame("2"), FrameKind::text);
  pair.server->send(frame("3"), FrameKind::binary);
  loop.settle();

  EXPECT_EQ(server.frames, (std::vector<std::string>{"early", "1", "2"}));
  EXPECT_EQ(client.frames, std::vector<std::string>{"3"});
  EXPECT_EQ(pair.client->queued_bytes(), 0u);
  EXPECT_GT(client.drained, 0);
}

TEST_F(MemoryPair, delays_and_stalls) {
  start();
  pair.wire->set_delay(2s);
  pair.client->send(frame("slow"), FrameKind::text);
  loop.advance(1s);
  EXPECT_TRUE(server.frames.empty());
  EXPECT_EQ(pair.client->queued_bytes(), 4u);
  pair.wire->stall(true);
  loop.advance(1h);
  EXPECT_TRUE(server.frames.empty());
  pair.wire->stall(false);
  loop.settle();
  EXPECT_EQ(server.frames.size(), 1u);
}

TEST_F(MemoryPair, closes_after_what_was_queued) {
  start();
  pair.client->send(frame("last"), FrameKind::text);
  pair.client->close(CloseCode::normal, "done");
  pair.client->send(frame("too late"), FrameKind::text);
  loop.settle();
  EXPECT_EQ(server.frames, std::vector<std::string>{"last"});
  EXPECT_EQ(server.closed, "done");
  EXPECT_EQ(client.closed, "done");
}

TEST_F(MemoryPair, breaks_and_loses_what_is_under_way) {
  start();
  pair.client->send(frame("lost"), FrameKind::text);
  pair.wire->cut();
  loop.settle();
  EXPECT_TRUE(server.frames.empty());
  EXPECT_EQ(server.closed, "connection reset");
  EXPECT_EQ(client.closed, "connection reset");
}

TEST_F(MemoryPair, tells_the_other_end_when_one_is_dropped) {
  start();
  pair.server.reset();
  loop.settle();
  EXPECT_EQ(client.closed, "the other side closed the connection");
}

TEST(MemorySocket, closes_when_its_queue_is_full) {
  VirtualLoop loop;
  SocketSettings settings;
  settings.max_queued_bytes = 10;
  auto pair = make_socket_pair(loop, {}, {}, settings);
  Seen seen;
  pair.client->start(seen.events());
  pair.wire->stall(true);
  pair.client->send(frame("12345678"), FrameKind::text);
  pair.client->send(frame("12345678"), FrameKind::text);
  loop.settle();
  EXPECT_NE(seen.closed.find("queue is full"), std::string::npos);
}

TEST(MemoryNetwork, dials_listeners_of_reachable_machines) {
  VirtualLoop loop;
  MemoryNetwork network(loop);
  std::vector<std::shared_ptr<MessageSocket>> accepted;
  network.listen(
      {"manager", 1},
      [&](std::shared_ptr<MessageSocket> socket, const DialRequest& request) -> Result<> {
        if (request.target != "/link") return fail(Errc::unauthenticated, "no");
        accepted.push_back(std::move(socket));
        return {};
      });
  Peer as;
  as.identity = "node-1";
  auto dialer = network.dialer(as);
  DialRequest request;
  request.to = {"manager", 1};
  request.target = "/link";

  auto dialled = loop.start(dialer->dial(request));
  loop.settle();
  ASSERT_TRUE(dialled.is_done() && dialled.value());
  EXPECT_EQ(accepted.at(0)->peer().identity, "node-1");

  request.target = "/other";
  auto refused = loop.start(dialer->dial(request));
  loop.settle();
  EXPECT_EQ(refused.value().error().code, Errc::unauthenticated);

  network.set_reachable("node-1", false);
  auto lost = loop.start(dialer->dial(request));
  loop.advance(10s);
  ASSERT_TRUE(lost.is_done());
  EXPECT_EQ(lost.value().error().code, Errc::timeout);

  network.set_reachable("node-1", true);
  network.stop_listening({"manager", 1});
  auto closed = loop.start(dialer->dial(request));
  loop.settle();
  EXPECT_EQ(closed.value().error().code, Errc::unavailable);
  network.cut("node-1");
  loop.settle();
}

}  // namespace
}  // namespace reeve::net::testing
