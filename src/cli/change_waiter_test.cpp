#include "cli/change_waiter.hpp"

#include "net/testing/test_server.hpp"

#include <gtest/gtest.h>

#include <atomic>

namespace reeve::cli {
namespace {

using namespace std::chrono_literals;

Task<net::Response> never(async::Loop* loop) {
  [[maybe_unused]] auto slept = co_await loop->sleep_for(1h);
  co_return net::Response();
}

TEST(ChangeWaiter, asks_a_proxy_that_lets_no_events_through_but_once) {
  std::atomic<int> asked = 0;
  async::Loop* loop = nullptr;
  net::ServerHandlers handlers;
  handlers.handle = [&](const net::Request&) {
    ++asked;
    return never(loop);
  };
  net::testing::TestServer server(std::move(handlers));
  loop = &server.loop();
  ServerAddress address;
  address.endpoint = server.at;
  Client client(address);
  ChangeWaiter waiter(client, {"operation"}, 50ms);

  for (int i = 0; i < 2; ++i) {
    waiter.listen();
    EXPECT_TRUE(waiter.wait(1ms)) << "as long as it may take, and no failure";
  }

  EXPECT_EQ(asked, 1);
}

}  // namespace
}  // namespace reeve::cli
