// Our HTTP server on one I/O loop with a router in front and nothing behind, to be measured against
// floor/bare_epoll_http.cpp. GET /empty answers 204 at once, GET /hop by a coroutine.
// Usage: net_bench_server PORT
#include "net/router.hpp"
#include "net/server.hpp"
#include "sys/clock.hpp"

#include <signal.h>

#include <cstdio>
#include <cstdlib>
#include <memory>

namespace {

using namespace reeve;

net::Response empty() {
  net::Response response;
  response.status = 204;
  return response;
}

Task<net::Response> empty_later(net::Request) { co_return empty(); }

}  // namespace

int main(int argc, char** argv) {
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);  // before there are threads: they inherit it
  auto port = static_cast<std::uint16_t>(argc > 1 ? std::atoi(argv[1]) : 8080);
  auto routes = std::make_shared<net::Router<int>>();
  routes->add("GET /api/v1/services/{service}", 0);
  routes->add("GET /empty", 1);
  routes->add("GET /hop", 2);
  net::ServerHandlers handlers;
  handlers.try_now = [routes](const net::Request& request) -> std::optional<net::Response> {
    auto match = routes->match(request);
    if (!match.payload) return net::unmatched_response(match.table);
    if (*match.payload == 2) return std::nullopt;
    return empty();
  };
  handlers.handle = empty_later;
  sys::SystemClock clock;
  net::IoLoops loops(clock, 1);
  net::HttpServer server(loops, {}, handlers);
  auto bound = server.listen({"127.0.0.1", port});
  if (!bound) {
    std::fprintf(stderr, "%s\n", bound.error().what.c_str());
    return 1;
  }
  int signal_number = 0;
  sigwait(&ends, &signal_number);
  loops.stop();
  return 0;
}
