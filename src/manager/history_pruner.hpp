// Keeps the history that people may ask for bounded: the contents of a service's older revisions,
// and notices; the audit log has its own bound (audit_pruner.hpp). In the background, in small
// commits. Bounds are numbers, never ages: a clock that jumps must not empty a history. Domain
// loop.
#pragma once

#include "async/task_group.hpp"
#include "manager/revisions_in_use.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace reeve::manager {

struct KeptHistory {
  std::size_t revisions = 100;  // of each service, and those in use
  /// While a subscriber may have any of them: a node that is gone for good stops no pruning.
  std::size_t revisions_in_doubt = 1000;
  std::size_t notices = 10'000;
};

/// The revisions that a service's subscribers have or shall have. What is in here is never pruned.
using InUse = std::function<RevisionsInUse(const store::ServiceEntry& service,
                                           const store::Snapshot& snapshot)>;

class HistoryPruner {
 public:
  /// All must outlive this.
  HistoryPruner(async::Loop& domain, store::Store& store, store::Catalog& catalog, InUse in_use,
                KeptHistory kept = {});
  HistoryPruner(const HistoryPruner&) = delete;
  HistoryPruner& operator=(const HistoryPruner&) = delete;

  void start() { tasks_.start(run()); }
  Task<Result<>> stop(Duration limit) { return tasks_.stop(limit); }

 private:
  Task<> run();
  Task<Result<>> prune();
  Task<Result<>> prune_services(store::SnapshotPtr snapshot);
  Task<Result<>> prune_gone_services(store::SnapshotPtr snapshot);
  Task<Result<>> prune_notices(store::SnapshotPtr snapshot);
  /// In commits that leave room for others; a guard that does not hold ends it without a failure.
  Task<Result<>> remove(std::vector<std::string> keys, std::optional<store::Guard> guard);
  std::vector<std::uint64_t> prunable(const store::ServiceEntry& service,
                                      const store::Snapshot& snapshot) const;

  async::Loop& domain_;
  store::Store& store_;
  store::Catalog& catalog_;
  InUse in_use_;
  KeptHistory kept_;
  store::Revision looked_at_ = 0;
  async::TaskGroup tasks_;
};

}  // namespace reeve::manager
