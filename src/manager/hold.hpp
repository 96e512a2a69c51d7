// The hold: whether this manager pushes. A store that was restored, or that an agent shows to be
// older than what nodes have, would undo what people decided since: then nothing is pushed, and
// what nodes have stays, until an administrator says that the store is right (resume). Lasts over
// restarts. Domain loop.
#pragma once

#include "async/task_group.hpp"
#include "manager/editor.hpp"
#include "manager/notices.hpp"
#include "model/manager_hold.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace reeve::manager {

/// A node that has a certificate of this cluster and that the store does not know: it joined, or
/// was given another key, after what the store holds.
struct UnknownNode {
  std::string uid;
  std::string address;
  WallTime last_seen{};
};

class Hold {
 public:
  Hold(async::Loop& domain, store::Store& store, store::Catalog& catalog, Editor& editor,
       Notices& notices);

  /// Takes up the one of the process before, or of a restore. After the catalog's start, before
  /// agents connect.
  Task<Result<>> start();

  bool is_on() const { return now_.has_value(); }
  /// Null while there is none.
  const model::ManagerHold* current() const { return now_ ? &*now_ : nullptr; }
  /// `unavailable` while it is on: for what cannot be done without pushing.
  Result<> may_push() const;
  /// A resume in this process has said that the store is right: who still claims to be ahead is
  /// wrong or lies, and holds up nobody but itself.
  bool was_released() const { return was_released_; }

  /// At once, and durable soon after; one that is on already stays as it is.
  void enter(std::string why);
  /// What an agent's spec is of: the next epoch will be above it.
  void note_epoch(std::uint64_t epoch);
  /// Kept while the hold is on.
  void note_unknown(const std::string& uid, const std::string& address);
  std::vector<UnknownNode> unknown_nodes() const;

  /// Raises the epoch and releases, durably; answers the new epoch. `invalid` without a hold.
  Task<Result<std::uint64_t>> resume(Actor actor);

  /// For the life of this. Called when the hold has ended.
  void on_end(std::function<void()> call) { on_end_ = std::move(call); }

  Task<Result<>> stop(Duration limit) { return tasks_.stop(limit); }

 private:
  Task<> keep();
  Edit entering() const;
  Edit releasing(std::uint64_t& epoch) const;

  async::Loop& domain_;
  store::Store& store_;
  store::Catalog& catalog_;
  Editor& editor_;
  Notices& notices_;
  std::optional<model::ManagerHold> now_;
  bool is_resuming_ = false;
  bool was_released_ = false;
  std::uint64_t highest_epoch_ = 0;
  std::map<std::string, UnknownNode> unknown_;
  std::function<void()> on_end_;
  async::TaskGroup tasks_;
};

}  // namespace reeve::manager
