// The agent's own HTTP, on loopback and on a Unix socket: how the agent stands, and the services
// whose lists it has, from its own copy and so without any manager; on the socket its programs too
// (local_programs.hpp). Things are shown as the manager's API shows them, as far as a node knows
// them. Requests come on the I/O loops and are answered on the domain loop, which also makes and
// stops this.
//
//   GET /healthz                      the agent runs
//   GET /api/v1/status                who it is, its link, its spec, every list
//   GET /api/v1/services              the services it has lists of, and how each list fares here
//   GET /api/v1/services/{service}    one of them
#pragma once

#include "agent/applier.hpp"
#include "agent/connector.hpp"
#include "agent/local_programs.hpp"
#include "net/io_loops.hpp"
#include "net/router.hpp"
#include "net/server.hpp"

#include <filesystem>
#include <functional>
#include <string>

namespace reeve::agent {

/// What it shows; all must outlive it.
struct LocalView {
  const std::string& node;  // the name
  const Applier& applier;
  const Connector& connector;
  Programs& programs;
};

class LocalApi {
 public:
  LocalApi(async::Loop& domain, net::IoLoops& io, async::BlockingPool& pool, LocalView view);
  LocalApi(const LocalApi&) = delete;
  LocalApi& operator=(const LocalApi&) = delete;

  Result<net::Endpoint> listen(net::Endpoint where);
  /// For the agent's own user alone.
  Result<> listen_on_path(const std::filesystem::path& path);
  Task<Result<>> stop(Duration limit);

 private:
  using Handler = std::function<Task<Result<net::Response>>(LocalCall)>;
  using Answer = net::Response (LocalApi::*)(const net::RouteParams&) const;

  Handler at_once(Answer answer);
  Task<Result<net::Response>> give(Answer answer, LocalCall call) const;
  void add_programs();
  Task<net::Response> handle(net::Request request);
  net::Response health(const net::RouteParams& params) const;
  net::Response status(const net::RouteParams& params) const;
  net::Response services(const net::RouteParams& params) const;
  net::Response service(const net::RouteParams& params) const;

  async::Loop& domain_;
  LocalView view_;
  LocalPrograms programs_;
  net::Router<Handler> routes_;
  net::HttpServer server_;
};

}  // namespace reeve::agent
