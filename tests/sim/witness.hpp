// Witness: sees all that happens in a simulated day and says what must never be. It knows what was
// wished for (which node shall have which service since which revision), what each node has had,
// who spoke when, and when the manager was there. The loop's thread only.
#pragma once

#include "agent/spec.hpp"
#include "async/loop.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace reeve::sim {

class Witness {
 public:
  /// Of `nodes` machines; `lease` as the manager keeps it.
  Witness(async::Loop& loop, std::size_t nodes, Duration lease);

  // What people do.
  void subscribed(const std::string& node, const std::string& service, store::Revision at);
  void unsubscribed(const std::string& node, const std::string& service);
  void edited(const std::string& service, store::Revision at);

  /// The store is an older one from now on, which somebody says is right: what nodes have had
  /// counts for nothing, and what they shall have is told anew.
  void start_over();
  /// Nobody may be pushed anything until this is called with false.
  void forbid_pushes(bool are_forbidden) { are_pushes_forbidden_ = are_forbidden; }

  // The manager.
  void manager_is_up(store::Revision head);
  void manager_is_gone();
  void heard_from(const std::string& node);
  void heard_goodbye(const std::string& node);
  void shown_down(const std::string& node);

  // The agents.
  void agent_started(const std::string& node, const agent::HeldSpec& held);
  void dialled(const std::string& node);
  void offered(const std::string& node, const link::Spec& spec);
  void applied(const std::string& node, const agent::HeldSpec& held);

  /// Attempts since the last call: all, and the most in one second.
  struct Dials {
    std::size_t all = 0, busiest = 0;
  };
  Dials take_dials() { return std::exchange(recent_, {}); }

  /// For what others find.
  void complain(std::string what);
  const std::vector<std::string>& complaints() const { return complaints_; }
  std::string summary() const;

  /// The newest version of the service's list.
  store::Revision version_of(const std::string& service) const { return versions_.at(service); }
  /// What the node shall have now.
  std::vector<std::string> wishes_of(const std::string& node) const;

 private:
  struct Seen {
    std::map<std::string, store::Revision> wished;  // service → since
    std::map<std::string, std::uint64_t> versions;  // of its lists, the highest
    std::uint64_t version = 0;                      // of its spec
    std::optional<Instant> last_word;               // nothing after a goodbye
    std::optional<Instant> last_dial;               // of this life
  };
  void check_lists(const std::string& node, const agent::HeldSpec& held);
  std::size_t most_dials() const;

  async::Loop& loop_;
  std::size_t nodes_;
  Duration lease_;
  std::map<std::string, Seen> seen_;                 // by node uid
  std::map<std::string, store::Revision> versions_;  // by service uid
  bool is_manager_up_ = false;
  store::Revision known_ = 0;  // what the manager had caught up with when it began to listen
  Instant since_{};            // is_manager_up_
  Duration outage_{};          // before that
  Instant second_{};           // in which dials are counted
  std::size_t dials_ = 0;
  Dials recent_;
  bool are_pushes_forbidden_ = false;
  std::size_t all_dials_ = 0, all_applied_ = 0, all_downs_ = 0, all_starts_ = 0;
  std::size_t busiest_ = 0;
  std::vector<std::string> complaints_;
};

}  // namespace reeve::sim
