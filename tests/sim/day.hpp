// Day: a manager and 200 machines through 24 hours of trouble, drawn from a seed: edits all along,
// connections cut, machines out of reach, agents and managers killed and restarted, machines
// without power, files changed by hand, certificates renewed, the clock set forward and back. A
// witness watches.
#pragma once

#include "sim/sim_fleet.hpp"

#include <cstdint>
#include <map>
#include <string>

namespace reeve::sim {

class Day : private SimFleet {
 public:
  explicit Day(std::uint64_t seed) : SimFleet(seed) {}

  void run();
  using SimFleet::witness;

 private:
  struct Outage {
    Duration at, length;
    bool is_killed;
  };

  // What happens.
  void live_a_minute();
  void change_subscribers();
  void cut_some();
  void lose_some();
  void restart_one();
  void fall_behind();
  void set_clock();
  void bring_back(bool all);
  void lose_manager(const Outage& outage);

  void check_renewals();

  std::map<SimAgent*, Instant> away_;           // agents that are down until then
  std::map<std::string, Instant> unreachable_;  // nodes, until then
  Duration clock_offset_{};
};

}  // namespace reeve::sim
