// All processes of the keeper: carries out what life.cpp decides. The order of its writes to the
// table is what docs/adr/0011-guardian-and-keeper.md promises about kills: first the new life, then
// the deed. The keeper's thread alone.
#pragma once

#include "base/unique_fd.hpp"
#include "keeper/cgroup.hpp"
#include "keeper/life.hpp"
#include "keeper/outcome.hpp"
#include "keeper/output.hpp"
#include "keeper/paths.hpp"
#include "keeper/poller.hpp"
#include "keeper/protocol.hpp"
#include "keeper/spec.hpp"
#include "keeper/table.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace reeve::keeper {

/// Who can say how an adopted process ended.
enum class Parent : std::int64_t { keeper, guardian, nobody };

struct Process {
  Spec spec;
  UniqueFd pidfd;
  Parent parent = Parent::keeper;
  Output out, err;
  bool watching[2] = {false, false};
  bool is_unsure = false;       // whether it lives could not be found out
  std::int64_t look_again = 0;  // when a stuck log, or that, is tried again
};

class Processes {
 public:
  Processes(Table& table, Poller& poller, Paths paths, int guardian);

  // What an agent asks for.
  Outcome<> set(const std::string& name, std::string_view spec);
  Outcome<> remove(const std::string& name);
  Outcome<> start(const std::string& name);
  Outcome<> stop(const std::string& name);
  Outcome<> restart(const std::string& name);
  Outcome<> signal(const std::string& name, int number, bool group);
  Outcome<> rotate(const std::string& name);
  void stop_all();
  bool any_left() const;

  /// Takes up what the table says was there when a keeper was killed.
  void recover();
  /// What this keeper's next self needs of a process, and gives back to it.
  struct Handed {
    std::int64_t slot = -1, parent = 0, pidfd = -1, fifos[2] = {-1, -1}, logs[2] = {-1, -1};
    std::string spec;
  };
  std::vector<Handed> hand_over() const;
  void take_over(const Handed& handed);

  // What the poller says.
  void on_process(std::uint32_t at);
  void on_output(std::uint32_t at, int which);
  void on_guardian_word();
  void on_deadlines();
  /// Milliseconds until the next deadline; -1: none.
  int timeout();

  /// Nothing if there is none of this name.
  std::optional<Report> report(const std::string& name) const;
  Report report(std::uint32_t at) const;
  bool has(std::uint32_t at) const { return at < processes_.size() && processes_[at] != nullptr; }
  std::uint32_t end() const { return static_cast<std::uint32_t>(processes_.size()); }
  /// Open FIFOs by held_index, -1 for none: for the guardian that this keeper becomes.
  std::vector<int> fifos() const;

 private:
  Outcome<std::uint32_t> find(const std::string& name) const;
  Outcome<std::uint32_t> find_or_make(const std::string& name);
  Process& process(std::uint32_t at) { return *processes_[at]; }
  void place(std::uint32_t at, std::unique_ptr<Process> process);
  std::unique_ptr<Process> load(std::uint32_t at);
  void apply_spec(std::uint32_t at, Spec spec);
  std::string path_taken(std::uint32_t at, const Spec& spec) const;

  void perform(std::uint32_t at, const Step& step);
  Outcome<> make_process(std::uint32_t at);
  Outcome<> open_outputs(std::uint32_t at);
  Outcome<> aim_outputs(std::uint32_t at);
  void watch_outputs(std::uint32_t at);
  void send_signal(std::uint32_t at, int number, bool group);
  void kill_leftovers(std::uint32_t at, std::int32_t group_leader);
  void ended(std::uint32_t at, const Ending& ending, std::int32_t status);
  void recover_one(std::uint32_t at);
  enum class Found { alive, gone, unknown };
  Found adopt(std::uint32_t at);
  void take_up(std::uint32_t at);
  void wait_a_moment(std::uint32_t at);
  bool told_already(std::uint32_t at, EventKind kind) const;
  void tell(std::uint32_t at, EventKind kind, std::int32_t status = 0, bool known = true);
  void schedule(std::uint32_t at, std::int64_t deadline);
  std::int64_t deadline_of(std::uint32_t at) const;
  void give_reason(std::uint32_t at, std::string_view reason);

  using Due = std::pair<std::int64_t, std::uint32_t>;

  Table& table_;
  Poller& poller_;
  Paths paths_;
  int guardian_;
  std::optional<Cgroups> cgroups_;
  std::vector<std::unique_ptr<Process>> processes_;  // by slot
  std::unordered_map<std::string, std::uint32_t> by_name_;
  std::unordered_map<std::string, std::uint32_t> by_log_;  // whose a log file is
  std::vector<std::uint32_t> awaited_;                     // dead, and the guardian will say how
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
  std::uint64_t luck_;
  std::uint64_t told_before_ = 0;  // in recovery: the last event of the keeper before
};

}  // namespace reeve::keeper
