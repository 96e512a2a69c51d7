// How a node is removed. First it is drained: it is marked as leaving, which takes all work from
// it, and its agent has a while to say that it has none any more; then it is enrolled no more,
// which shuts its key out. A node that was removed without its agent's word is remembered as
// unconfirmed until its agent has come and been told. Domain loop.
#pragma once

#include "async/notifier.hpp"
#include "async/task_group.hpp"
#include "manager/editor.hpp"
#include "manager/fleet.hpp"
#include "manager/hold.hpp"
#include "manager/planner.hpp"

#include <functional>
#include <string>
#include <vector>

namespace reeve::manager {

/// What a removal works with; all of it outlives it.
struct RemovalParts {
  async::Loop& domain;
  const store::Catalog& catalog;
  Fleet& fleet;
  const Planner& planner;
  const Hold& hold;
  Editor& editor;
  /// Whether its agent has said that it has what it shall have; see Sessions.
  std::function<bool(const std::string& node_uid)> is_settled;
};

class NodeRemovals {
 public:
  using NodeDocument = store::Document<model::StoredNode>;
  static constexpr Duration kPatience = std::chrono::seconds(20);
  /// So many unconfirmed ones are remembered.
  static constexpr std::size_t kKept = 1000;

  explicit NodeRemovals(RemovalParts parts);
  NodeRemovals(const NodeRemovals&) = delete;
  NodeRemovals& operator=(const NodeRemovals&) = delete;

  /// What is taken from the node: names of the services whose lists it has or shall have.
  std::vector<std::string> services_of(const model::StoredNode& node) const;
  /// Whether its agent is there to confirm anything.
  bool can_confirm(const std::string& node_uid) const;

  /// Takes all work from the node and waits for its agent's word; says whether that came. Gives up
  /// where it cannot come, and after kPatience.
  Task<Result<bool>> drain(Actor actor, std::string name);
  /// A removal that came to nothing: gives the node its work again. Fine where there is no such
  /// node, or it is not leaving.
  Task<Result<>> undrain(Actor actor, std::string name);

  /// Shuts the node out. `services` are what is unconfirmed; none if its agent has said it all.
  struct Ending {
    bool is_confirmed = false;
    std::vector<std::string> services;
    std::string by;
  };
  Edit removal(const NodeDocument& node, const Ending& ending) const;

  /// Forgets the unconfirmed removals under this name, whose machines are gone for good; none is
  /// `not_found`.
  Task<Result<>> forget(Actor actor, std::string name);

  /// Somebody who is not enrolled was turned away with a word why.
  void on_turned_away(const std::string& uid, const std::string& key_fingerprint);

  /// Ends the waiting, so that requests can end. Before stop().
  void end_waits();
  Task<Result<>> stop(Duration limit) { return tasks_.stop(limit); }

 private:
  /// Sets or takes away the mark that the node is leaving.
  Task<Result<>> mark(Actor actor, std::string name, bool is_leaving);
  bool has_confirmed(const std::string& node_uid) const;
  Task<> forget_told(std::string uid);

  RemovalParts parts_;
  bool is_stopping_ = false;
  async::Notifier changed_;
  async::TaskGroup tasks_;
};

}  // namespace reeve::manager
