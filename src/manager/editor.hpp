// The one way to change desired state: every commit carries its audit entry, and answers when this
// manager's catalog has reached it, so that a writer reads his own write. Domain loop.
#pragma once

#include "async/task.hpp"
#include "model/access.hpp"
#include "store/catalog/catalog.hpp"
#include "store/store.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace reeve::manager {

/// Who acts, from where.
struct Actor {
  std::string who;
  model::Role role = model::Role::viewer;
  std::string from;
  std::string request_id;
};

/// Reeve itself, where nobody asked for it.
Actor ourselves();

/// A change in the words of the audit log; `before` and `after` are whole documents (null for made
/// and removed ones): the entry keeps what differs.
struct Edit {
  std::string action;  // "service.put"
  std::string object;  // "service/pay"
  json::Value before;
  json::Value after;
  std::vector<store::Guard> guards;
  std::vector<store::Write> writes;
};

/// Looks at the catalog at each call; what it refers to outlives the commit.
using Decision = std::function<Result<std::optional<Edit>>()>;

class Editor {
 public:
  Editor(const sys::Clock& clock, store::Store& store, store::Catalog& catalog);

  /// `conflict` when a guard does not hold: look at the catalog again and decide anew.
  Task<Result<store::Revision>> commit(Actor actor, Edit edit);

  /// Without an entry in the audit log: for what changes nothing but what one reader sees.
  Task<Result<store::Revision>> commit_unaudited(store::Commit commit);

  /// Commits what `decide` makes of the newest state, and has it decide anew while others are
  /// first; after some tries the `conflict` is the caller's. Nothing decided is nothing to do.
  Task<Result<>> commit_decided(Actor actor, Decision decide);

  /// Writes down an attempt that was refused. A failure to write is logged.
  Task<> record_refusal(Actor actor, std::string action, std::string object, std::string why);

 private:
  store::Write audit_write(const Actor& actor, const Edit& edit, bool refused,
                           std::string_view why) const;

  const sys::Clock& clock_;
  store::Store& store_;
  store::Catalog& catalog_;
};

}  // namespace reeve::manager
