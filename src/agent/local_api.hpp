// The agent's own HTTP, on loopback and for reading alone: how the agent stands, and the lists it
// has, from its own copy and so without any manager. Requests come on the I/O loops and are
// answered on the domain loop, which also makes and stops this.
//
//   GET /healthz                      the agent runs
//   GET /api/v1/status                who it is, its link, its spec, every list
//   GET /api/v1/services              the lists in short
//   GET /api/v1/services/{service}    one list, as the format "json" of a discovery file
#pragma once

#include "agent/applier.hpp"
#include "agent/connector.hpp"
#include "net/io_loops.hpp"
#include "net/router.hpp"
#include "net/server.hpp"

#include <string>

namespace reeve::agent {

/// What it shows; all must outlive it.
struct LocalView {
  const std::string& node;  // the name
  const Applier& applier;
  const Connector& connector;
};

class LocalApi {
 public:
  LocalApi(async::Loop& domain, net::IoLoops& io, LocalView view);
  LocalApi(const LocalApi&) = delete;
  LocalApi& operator=(const LocalApi&) = delete;

  Result<net::Endpoint> listen(net::Endpoint where);
  Task<Result<>> stop(Duration limit);

 private:
  using Handler = net::Response (LocalApi::*)(const net::RouteParams&) const;

  Task<net::Response> handle(net::Request request);
  Task<net::Response> answer(Handler handler, net::RouteParams params);
  net::Response health(const net::RouteParams& params) const;
  net::Response status(const net::RouteParams& params) const;
  net::Response services(const net::RouteParams& params) const;
  net::Response service(const net::RouteParams& params) const;

  async::Loop& domain_;
  LocalView view_;
  net::Router<Handler> routes_;
  net::HttpServer server_;
};

}  // namespace reeve::agent
