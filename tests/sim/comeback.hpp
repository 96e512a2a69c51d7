// Comeback: the manager of 200 machines is gone, and comes back: soon or late, with its store, with
// an older copy of it, or with nothing. What nodes have must stay theirs all the while.
#pragma once

#include "sim/sim_fleet.hpp"

#include <map>
#include <set>
#include <string>

namespace reeve::sim {

class Comeback : private SimFleet {
 public:
  /// Everybody is connected and has the newest lists.
  explicit Comeback(std::uint64_t seed);

  /// Killed, and back with its store after so long; people edit right before and right after.
  void after(Duration absence);
  /// Away for so long, while files are changed by hand and machines lose their power and come back;
  /// in a day the renewal of every certificate comes due as well.
  void after_trouble(Duration absence);
  /// Back with a copy of the store from before a service came, another was edited, and a third lost
  /// subscribers: held for an hour, while people edit, then resumed.
  void with_an_old_copy();
  /// Back with nothing for an hour, and then with its store.
  void with_an_empty_store();

  using SimFleet::witness;

 private:
  /// What people wished for, as the store had it.
  struct Copy {
    manager::testing::DesiredState::Image state;
    std::map<std::string, std::set<std::string>> subscribers;
    std::map<std::string, std::string> newest;
  };
  /// What a node has: on its disk, and in front of its apps.
  struct Holdings {
    std::string digest;
    std::map<std::string, std::string> files;  // by service
    bool operator==(const Holdings&) const = default;
  };
  using AllHoldings = std::map<std::string, Holdings>;  // by node

  AllHoldings holdings() const;
  /// Lets time pass, in which nobody loses anything and no storm of attempts comes.
  void stay_calm(Duration time, const AllHoldings& before);
  /// Soon everybody has what the store says.
  void converge();
  Copy copy() const { return {state_.image(), subscribers_, newest_}; }
  void put_back(Copy copy);
  /// What the store says counts, whatever nodes have had.
  void start_over();
  /// Much that the copy does not know.
  void live_on();
};

}  // namespace reeve::sim
