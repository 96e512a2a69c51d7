// SimFleet: a manager and 200 machines with services that they subscribe to, what people do with
// them, and what must be in the end. A seed draws it. Each simulation makes one and lives in it; a
// witness watches. The loop's thread only.
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

class SimFleet {
 public:
  const Witness& witness() const { return witness_; }

 protected:
  static constexpr std::size_t kNodes = 200;
  /// The service that everybody has.
  static constexpr const char* kCommon = "common";

  explicit SimFleet(std::uint64_t seed);
  ~SimFleet() = default;

  static std::string node_name(std::size_t number);

  // What there is at first.
  void make_node(std::size_t number);
  void make_service(const std::string& name);
  void start();

  // What people do.
  void edit(const std::string& service);
  void change_a_file() { anyone().change_by_hand(any_service(), happens(0.5)); }

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

 private:
  std::uint32_t edits_ = 0;
};

}  // namespace reeve::sim
