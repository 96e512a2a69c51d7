// A server on loopback with its I/O loop, for tests of what talks HTTP.
#pragma once

#include "net/server.hpp"
#include "net/testing/run_on.hpp"
#include "sys/clock.hpp"

#include <utility>

namespace reeve::net::testing {

class TestServer {
 public:
  explicit TestServer(ServerHandlers handlers, ServerSettings settings = {},
                      std::shared_ptr<const ServerTls> tls = nullptr,
                      std::string host = "127.0.0.1")
      : loops(clock, 1), server(loops, settings, std::move(handlers)) {
    at = server.listen({host, 0}, std::move(tls)).value();
    at.host = std::move(host);
  }
  ~TestServer() { loops.stop(); }

  Result<> stop(Duration limit) { return run_on(loop(), server.stop(loop(), limit)); }
  async::Loop& loop() { return loops.at(0); }

  sys::SystemClock clock;
  IoLoops loops;
  HttpServer server;
  Endpoint at;
};

}  // namespace reeve::net::testing
