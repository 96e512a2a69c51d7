// The agent role: the node manager of one machine. Keeps the link to the manager, keeps the spec on
// disk, makes it so, and reports. Works alone, from its disk, while no manager is there. Domain
// loop.
#pragma once

#include "agent/hooks/rule.hpp"
#include "async/call.hpp"
#include "async/loop.hpp"
#include "net/address.hpp"
#include "net/io_loops.hpp"
#include "net/websocket.hpp"
#include "supervise/keeper_start.hpp"
#include "supervise/resolve.hpp"
#include "sys/build_time.hpp"
#include "sys/clock.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace reeve::agent {

struct Settings {
  std::filesystem::path data;              // <data>/agent is the agent's own
  std::vector<std::string> publish_roots;  // absolute; empty: <data>/lists alone
  std::vector<net::Endpoint> managers;     // link addresses, before those that it keeps
  std::optional<std::string> join_token;   // used only while the node has not joined
  std::optional<std::string> node_name;    // default: the machine's host name
  net::Endpoint local_http;                // 127.0.0.1:7710; port 0: a free one
  WallTime built = sys::build_time();      // it is later than that, whatever the clock says
  std::filesystem::path local_socket;      // the same on a Unix socket; empty: none
  std::vector<HookRule> hooks;             // which programs may run after a file has changed
  supervise::NodeRules run_as{};           // as whom programs may run
  std::filesystem::path keeper_program = supervise::default_keeper_program();
};

class Agent {
 public:
  /// All must outlive this.
  Agent(async::Loop& domain, net::IoLoops& io, async::BlockingPool& pool, Settings settings);
  ~Agent();
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;

  /// Joins if it has not, else starts from its disk; then keeps connecting in the background. Fails
  /// only for what an operator must mend: a refused join, a folder that cannot be written, a port.
  Task<Result<>> start();

  /// Programs go on, with nobody to tell.
  Task<Result<>> stop(Duration limit);
  /// Before stop(): ends all programs and their keeper; `timeout` where some live on.
  Task<Result<>> end_programs(Duration limit);

  /// After start().
  std::string node_name() const;
  net::Endpoint local_http() const;
  /// Whether the manager has welcomed it and its spec is applied. For tests and `reeve dev`.
  bool is_current() const;

 private:
  class Wiring;
  std::unique_ptr<Wiring> wiring_;
};

}  // namespace reeve::agent
