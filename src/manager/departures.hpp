// Departures: nodes that are subscribers no more. What was pushed to one by name counts no longer:
// if it comes back, it gets what all get. One that shall remove the files of the list it had: the
// wish is desired state (StoredSubscriptions::leaving) and reaches the node with its spec, whenever
// it is there; this ends it when the agent says that it is done, when the node gets the list again,
// or when it is enrolled no more. Domain loop.
#pragma once

#include "async/task_group.hpp"
#include "manager/editor.hpp"
#include "manager/fleet.hpp"

#include <map>
#include <string>
#include <vector>

namespace reeve::manager {

class Departures {
 public:
  /// Made before the catalog starts. All must outlive this, and it their last changes.
  Departures(async::Loop& domain, store::Catalog& catalog, Fleet& fleet, Editor& editor);
  Departures(const Departures&) = delete;
  Departures& operator=(const Departures&) = delete;

  Task<Result<>> stop(Duration limit) { return tasks_.stop(limit); }

 private:
  void follow(const store::SnapshotPtr& after, const store::Touched& touched);
  /// Soon; what comes before it begins is settled with it.
  void settle_soon(const std::string& service);
  Task<> settle(std::string service);
  Task<Result<>> settle_once(std::string service);
  Result<std::optional<Edit>> decide(const std::string& service) const;
  std::vector<model::Subscription> still_leaving(const store::ServiceEntry& service,
                                                 const store::Snapshot& snapshot) const;

  async::Loop& domain_;
  const store::Catalog& catalog_;
  const Fleet& fleet_;
  Editor& editor_;
  std::map<std::string, std::string>
      waiting_;  // services that somebody may leave: uid → folded name
  /// Services that are being settled, one task each; true: there is news since it looked.
  std::map<std::string, bool> settling_;
  async::TaskGroup tasks_;
};

}  // namespace reeve::manager
