// SimManager: a manager of a simulated fleet that can be killed and comes back with what its store
// holds. It is the role's real parts (catalog, planner, fleet, sessions) over a store in
// memory; the link's port, TLS and the API are left out. The loop's thread only.
#pragma once

#include "manager/gateway/sessions.hpp"
#include "manager/testing/desired_state.hpp"
#include "net/testing/memory_network.hpp"
#include "sim/witness.hpp"

#include <memory>
#include <string>

namespace reeve::sim {

class SimManager {
 public:
  /// All must outlive this. `state`'s own catalog is not used.
  SimManager(manager::testing::DesiredState& state, net::testing::MemoryNetwork& network,
             net::Endpoint where, Witness& witness, manager::SessionSettings settings);
  ~SimManager();
  SimManager(const SimManager&) = delete;
  SimManager& operator=(const SimManager&) = delete;

  /// Reads the store, then listens.
  void start();
  /// Says goodbye to the agents.
  void stop();
  /// The connections break; nobody is told anything.
  void kill();

  bool is_running() const { return life_ != nullptr; }
  bool is_in_hold() const;
  /// Somebody says that its store is right.
  void resume();
  /// Digest of what the node shall have.
  std::string wished_digest(const std::string& node) const;
  model::NodeState state_of(const std::string& node) const;

 private:
  struct Life;
  void end();
  Result<> accept(std::shared_ptr<net::MessageSocket> socket);

  manager::testing::DesiredState& state_;
  net::testing::MemoryNetwork& network_;
  net::Endpoint where_;
  Witness& witness_;
  manager::SessionSettings settings_;
  std::unique_ptr<Life> life_;
};

}  // namespace reeve::sim
