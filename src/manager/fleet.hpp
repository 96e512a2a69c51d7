// The fleet: what the manager sees of its nodes. Observed state only, in memory, rebuilt from what
// the agents report; nothing here is ever written back as desired, but for what the kernel services
// say of nodes. Domain loop.
#pragma once

#include "base/time.hpp"
#include "link/messages.hpp"
#include "model/node.hpp"
#include "model/process.hpp"
#include "model/subscriber.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace reeve::manager {

struct NodeSight {
  model::NodeState state = model::NodeState::never_seen;
  std::optional<std::string> address;
  std::optional<std::string> agent_version;
  std::optional<WallTime> last_seen;
  std::optional<std::uint64_t> applied_version;
  std::optional<Duration> clock_offset;  // ahead of ours, where it is off
};

/// A list as it was sent to a node.
struct AskedList {
  model::ListMark mark;
  std::uint64_t outputs_mark = 0;

  bool operator==(const AskedList&) const = default;
};

/// The agent's last word about one list.
struct ListSight {
  std::optional<AskedList> asked;  // which `error` is about; none: not sent by this manager
  std::optional<model::ListMark> applied;
  std::optional<std::uint64_t> outputs_mark;  // not given by agents that know of none
  std::optional<std::string> error;           // not longer than kMostError
  bool has_removed_files = false;
  std::vector<model::HookRun> hooks;
  std::vector<model::FileDrift> drift;
};

/// The agent's last word about one program.
struct ProgramSight {
  std::optional<model::ListMark> applied;
  std::optional<std::string> error;  // not longer than kMostError
  std::vector<model::ProcessStatus> processes;
};

class Fleet {
 public:
  static constexpr std::size_t kMostError = 500;

  /// Something about a node changed: its state (both empty), or these lists or programs of it.
  struct Change {
    std::string node;                     // uid
    std::vector<std::string> lists;       // uids of services
    std::vector<std::string> programs{};  // uids

    bool is_of_node() const { return lists.empty() && programs.empty(); }
  };
  using Listener = std::function<void(const Change&)>;

  /// A node that was never seen has the default sight.
  const NodeSight& node(const std::string& uid) const;
  const ListSight& list(const std::string& node_uid, const std::string& service_uid) const;
  /// Both at once.
  std::pair<const NodeSight&, const ListSight&> sight(const std::string& node_uid,
                                                      const std::string& service_uid) const;

  /// All lists that the node spoke of.
  std::vector<std::pair<std::string, ListSight>> lists(const std::string& node_uid) const;

  /// Nothing of one that the node has not spoken of, or has said to be gone.
  const ProgramSight* program(const std::string& node_uid, const std::string& program_uid) const;

  void connected(const std::string& uid, std::string address, std::string agent_version,
                 WallTime at);
  void clock_is_off(const std::string& uid, std::optional<Duration> offset);
  /// Its lease is over, or it said goodbye: the node is down, and was there at `at` the last time.
  void disconnected(const std::string& uid, WallTime at);
  /// It was enrolled before this manager started and has not come back: the node is down.
  void missed(const std::string& uid);
  void forget(const std::string& uid);

  /// A node's place here, for who speaks of it again and again. Of a node that is forgotten it is
  /// good for nothing, and does no harm.
  class Node;
  using Place = std::shared_ptr<Node>;
  Place place(const std::string& uid);

  void heard_from(const Place& node, WallTime at);
  void applied(const Place& node, std::uint64_t version, const std::vector<link::ListWord>& words);
  void reported(const Place& node, const std::vector<link::ListWord>& words);
  void reported_programs(const Place& node, const std::vector<link::ProgramWord>& words);
  static bool speaks_of(const Place& node, const std::string& program_uid);
  /// A list is on its way to it: what it said of the files of the one before, that they are
  /// removed or why they cannot be written, is said no more.
  static void asked(const Place& node, const std::string& service_uid, const AskedList& list);
  /// Drops the lists of all services but those that `keeps` says yes to.
  void retain(const Place& node, const std::function<bool(const std::string& service_uid)>& keeps);

  /// For the life of the fleet. Called after each change; must not wait.
  void on_change(Listener listener) { listeners_.push_back(std::move(listener)); }

 private:
  NodeSight& sight_of(const std::string& uid);
  void tell(const Change& change);
  static Change take_words(Node& node, const std::vector<link::ListWord>& words);

  std::unordered_map<std::string, Place> nodes_;
  std::vector<Listener> listeners_;
};

}  // namespace reeve::manager
