// The HTTP API of the manager, /api/v1: finds the route, asks who it is and whether he may, and
// answers: hot reads at once on the I/O loop, the rest by way of the domain loop. The server itself
// is the wiring's. Made, started and stopped on the domain loop.
#pragma once

#include "manager/api/event_hub.hpp"
#include "manager/api/idempotency.hpp"
#include "manager/api/program_operations.hpp"
#include "manager/api/push_operations.hpp"
#include "manager/api/refusals.hpp"
#include "manager/api/routes.hpp"
#include "manager/keyed_locks.hpp"
#include "net/server.hpp"

#include <memory>
#include <string>

namespace reeve::manager::api {

/// What the API works with; all of it outlives it.
struct ApiParts {
  async::Loop& domain;
  const sys::Clock& clock;
  store::Store& store;
  store::Catalog& catalog;
  Fleet& fleet;
  Editor& editor;
  CaRotation& ca;
  const Planner& planner;
  Hold& hold;
  Backups& backups;
  AskAgent ask_agent;
  CallAgent call_agent;
  NodeRemovals& removals;
};

class Api {
 public:
  /// After the catalog has started; before the fleet hears of agents.
  explicit Api(ApiParts parts);
  Api(const Api&) = delete;
  Api& operator=(const Api&) = delete;

  /// Takes up what a restart interrupted.
  void start();

  /// For the server; they refer to this.
  net::ServerHandlers handlers();

  /// Ends the event streams and what waits for agents, so that the server can stop. Before the
  /// server's stop().
  void end_streams();
  /// Ends what runs beside requests. After the server's stop().
  Task<Result<>> stop(Duration limit);

  std::optional<net::Response> try_now(const net::Request& request);
  Task<net::Response> handle(net::Request request);

 private:
  Result<Caller> admit(const net::Request& request, const RouteSpec& route,
                       const store::Snapshot& snapshot);
  Task<Result<net::Response>> carry_out(Change change, Call call);

  KeyedLocks locks_;
  Idempotency idempotency_;
  PushOperations pushes_;
  AskAgent ask_agent_;
  CallAgent call_agent_;
  ProgramOperations program_operations_;
  EventHub events_;
  Refusals refusals_;
  Context context_;
  net::Router<const RouteSpec*> router_;
};

}  // namespace reeve::manager::api
