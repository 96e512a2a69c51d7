// SimAgent: one machine of a simulated fleet, with a disk that stays and agents that come and go on
// it. An agent is the role's real parts (Connector, Applier, SpecStore, Publisher, Renewal), wired
// as agent/agent.cpp wires them, but for the local API, which has no socket in memory. The loop's
// thread only.
#pragma once

#include "agent/identity.hpp"
#include "async/call.hpp"
#include "async/testing/virtual_loop.hpp"
#include "net/testing/memory_network.hpp"
#include "sim/witness.hpp"
#include "sys/testing/power_cut_files.hpp"

#include <filesystem>
#include <memory>
#include <random>
#include <set>
#include <string>

namespace reeve::sim {

class SimAgent;

/// What all machines stand on; outlives them.
struct Ground {
  async::testing::VirtualLoop& loop;
  net::testing::MemoryNetwork& network;
  Witness& witness;
  net::Endpoint manager;
  async::BlockingPool pool{1};
  std::set<SimAgent*> busy{};  // whose agents may have work on the pool

  /// Until no agent has: the clock waits for their disks.
  void settle();
  void run_for(Duration time);
  /// The task must end within a minute, and well.
  void finish(Task<Result<>> task);
};

class SimAgent {
 public:
  /// Writes the credentials on its disk, `data`.
  SimAgent(Ground& ground, const agent::Credentials& credentials, std::filesystem::path data,
           std::uint64_t seed);
  ~SimAgent();
  SimAgent(const SimAgent&) = delete;
  SimAgent& operator=(const SimAgent&) = delete;

  void start();
  /// With a goodbye.
  void stop();
  void kill();
  /// Kills the agent, and takes from the disk what nobody flushed.
  void lose_power();

  /// Somebody writes into the service's file, or deletes it; a running agent is told as its watch
  /// of the folder would tell it. Does nothing where there is no file.
  void change_by_hand(const std::string& service, bool deletes);

  const std::string& node() const { return node_; }
  bool is_running() const { return life_ != nullptr; }
  bool is_connected() const;
  bool is_settled() const;
  const agent::HeldSpec& spec() const;
  WallTime good_until() const;
  std::size_t renewals() const { return renewals_; }
  /// What stands there for apps; "" for nothing.
  std::string published(const std::string& service) const;

 private:
  class Life;
  void end(bool with_goodbye);

  Ground& ground_;
  std::string node_;
  std::filesystem::path data_;
  std::mt19937_64 random_;
  sys::testing::PowerCutFiles files_;
  std::size_t renewals_ = 0;
  std::unique_ptr<Life> life_;
};

}  // namespace reeve::sim
