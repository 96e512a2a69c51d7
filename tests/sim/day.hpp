// Day: a manager and 200 machines through 24 hours of trouble, drawn from a seed: edits all along,
// connections cut, machines out of reach, agents and managers killed and restarted, machines
// without power, certificates renewed, the clock set forward and back. A witness watches.
#pragma once

#include "sim/sim_agent.hpp"
#include "sim/sim_manager.hpp"
#include "sim/witness.hpp"
#include "sys/testing/temp_folder.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace reeve::sim {

class Day {
 public:
  explicit Day(std::uint64_t seed);

  void run();
  const Witness& witness() const { return witness_; }

 private:
  struct Outage {
    Duration at, length;
    bool is_killed;
  };

  // What there is at first.
  void make_node(std::size_t number);
  void make_service(const std::string& name);

  // What happens.
  void live_a_minute();
  void edit();
  void change_subscribers();
  void cut_some();
  void lose_some();
  void restart_one();
  void fall_behind();
  void set_clock();
  void bring_back(bool all);
  void lose_manager(const Outage& outage);

  // What must be.
  void check_files();
  void check_end();

  std::size_t below(std::size_t limit);
  bool happens(double chance);
  SimAgent& anyone() { return *agents_[below(agents_.size())]; }
  std::string any_service();

  std::mt19937_64 random_;
  sys::testing::TempFolder folder_;
  manager::testing::DesiredState state_;
  net::testing::MemoryNetwork network_{state_.loop};
  Witness witness_;
  Ground ground_;
  SimManager manager_;
  std::vector<std::unique_ptr<SimAgent>> agents_;
  std::map<std::string, std::set<std::string>> subscribers_;  // service → names of nodes
  std::map<std::string, std::string> newest_;                 // service → an address
  std::map<SimAgent*, Instant> away_;                         // agents that are down until then
  std::map<std::string, Instant> unreachable_;                // nodes, until then
  std::uint32_t edits_ = 0;
  Duration clock_offset_{};
};

}  // namespace reeve::sim
