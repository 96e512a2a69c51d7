// What a handler of the API is given: the rooms it works with, and the one request it answers.
// Both are bundles of references that live as long as the request; pass them by value.
#pragma once

#include "manager/editor.hpp"
#include "manager/fleet.hpp"
#include "manager/gateway/agent_calls.hpp"
#include "net/http.hpp"
#include "net/router.hpp"
#include "sys/clock.hpp"

#include <functional>
#include <memory>
#include <string>

namespace reeve::manager {
class Backups;
class CaRotation;
class Hold;
class KeyedLocks;
class NodeRemovals;
class Planner;
}  // namespace reeve::manager

namespace reeve::manager::api {

class EventHub;
class ProgramOperations;
class PushOperations;

/// Asks the agent of the node with this uid, and answers its stream. On the domain loop.
using AskAgent = std::function<Task<Result<std::string>>(std::string node, AgentAsk ask)>;

/// As AskAgent, for who reads the stream while it comes.
using CallAgent = std::function<Result<AgentCallPtr>(const std::string& node, AgentAsk ask)>;

/// Owned by the Api for its life. What says "any thread" may be used on the I/O loops; all else
/// belongs to the domain loop.
struct Context {
  async::Loop& domain;
  const sys::Clock& clock;        // any thread
  store::Store& store;            // to read what the catalog has not; changes are the editor's
  const store::Catalog& catalog;  // snapshot(): any thread
  const Fleet& fleet;
  Editor& editor;
  KeyedLocks& locks;
  PushOperations& pushes;
  ProgramOperations& program_operations;
  EventHub& events;
  CaRotation& ca;
  const Planner& planner;
  Hold& hold;
  Backups& backups;
  const AskAgent& ask_agent;
  const CallAgent& call_agent;
  NodeRemovals& removals;
  WallTime started{};
  Instant started_at{};
};

/// Who asks. Without a token only what anyone may do is reached.
struct Caller {
  std::shared_ptr<const store::Document<model::StoredToken>> token;

  model::Role role() const { return token->value.role; }
};

/// One request on its way through its handler. The request, its parameters and the context outlive
/// the handler.
struct Call {
  const Context& context;
  const net::Request& request;
  const net::RouteParams& params;
  Caller caller;
  store::SnapshotPtr snapshot;  // of the moment when the handler was called

  const std::string& param(std::string_view name) const { return params[name]; }
};

/// In the words of the audit log.
Actor actor_of(const Call& call);

/// Answers from what lies ready: on the I/O loop from the snapshot alone, or on the domain loop.
using Answer = Result<net::Response> (*)(const Call& call);

/// Begins on the I/O loop, where bodies are read, and hops to the domain loop to change things.
using Change = Task<Result<net::Response>> (*)(Call call);

}  // namespace reeve::manager::api
