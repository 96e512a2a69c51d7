// Works out what each node shall have, from the catalog alone. A change costs what it touches: of
// an edited service its old and new subscribers, of a changed node the services that may take it.
// Domain loop.
#pragma once

#include "manager/plan.hpp"
#include "manager/subscription_index.hpp"
#include "store/catalog/catalog.hpp"

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace reeve::manager {

class Planner {
 public:
  /// The uids of nodes whose plans are others now, each at least once.
  using Listener = std::function<void(const std::vector<std::string>& nodes)>;

  /// Made before the catalog starts; outlives its last change.
  explicit Planner(store::Catalog& catalog);
  Planner(const Planner&) = delete;
  Planner& operator=(const Planner&) = delete;

  /// Whether there are plans yet: the catalog has been read, and the cluster is in it.
  bool is_ready() const { return version_ > 0; }
  /// The catalog's revision that the plans are of.
  std::uint64_t version() const { return version_; }

  /// Never null; empty for a node that gets nothing.
  PlanPtr plan_of(const std::string& node_uid) const;
  /// The list that this node shall have of this service, or null.
  PlannedListPtr list_of(const std::string& node_uid, const std::string& service_uid) const;

  /// For the life of the planner. Called after each change; must not wait.
  void on_change(Listener listener) { listeners_.push_back(std::move(listener)); }

 private:
  using Plans = std::unordered_map<std::string, PlanPtr>;  // by node uid
  using Receivers = std::vector<Plans::value_type*>;

  void follow(const store::Snapshot& before, const store::Snapshot& after,
              const store::Touched& touched);
  /// Takes the service's list from whoever had it.
  void take_service(const std::string& folded, const store::Snapshot& before,
                    const store::Snapshot& after);
  /// Whether the service's list goes to the same nodes with the same outputs as before, and is the
  /// same for all of them.
  static bool has_same_receivers(const store::ServiceEntry* old, const store::ServiceEntry* now);
  /// Gives the new list to whoever has the old one.
  void renew_service(const std::shared_ptr<const store::ServiceEntry>& service,
                     const store::Snapshot& after);
  const Receivers& receivers_of(const store::ServiceEntry& service, const store::Snapshot& after);
  /// Gives the service's list to whoever shall have it.
  void give_service(const std::string& folded, const store::Snapshot& after);
  /// Gives a node that is new or has other labels all that it shall have.
  void plan_node(const std::string& folded, const store::Snapshot& before,
                 const store::Snapshot& after);
  /// Takes the program from whoever had it.
  void take_program(const std::string& folded, const store::Snapshot& before);
  /// Gives the program to whoever shall run it.
  void give_program(const std::string& folded, const store::Snapshot& after);
  /// Makes the plans that the edits say.
  void carry_out();
  /// What the node shall have of the service; null for nothing.
  PlannedListPtr list_for_node(const std::shared_ptr<const store::ServiceEntry>& service,
                               const model::StoredNode& node, const model::Cluster& cluster);
  /// What this node shall have of the service, of which it gets `outputs`; null while nothing was
  /// pushed to it.
  PlannedListPtr pushed_list(const std::shared_ptr<const store::ServiceEntry>& service,
                             std::string_view node, const model::Cluster& cluster,
                             const std::vector<model::Output>& outputs, Wish wish);
  /// The list of what was pushed with these outputs, shared with those who have the same.
  PlannedListPtr shared_list(const std::shared_ptr<const store::ServiceEntry>& service,
                             const store::PushedContent& pushed, const model::Cluster& cluster,
                             const std::vector<model::Output>& outputs, Wish wish);

  std::uint64_t version_ = 0;
  Plans plans_;
  // By service uid; only while neither subscriptions nor nodes change.
  std::unordered_map<std::string, Receivers> receivers_;
  std::unordered_map<std::string, std::vector<PlannedListPtr>> lists_;  // by service uid
  SubscriptionIndex index_;
  std::unordered_map<std::string, PlanEdits> edits_;  // by node uid; of the change at hand
  std::set<std::string> gone_;                        // uids of nodes; of the change at hand
  std::vector<std::string> changed_;                  // uids of nodes; of the change at hand
  std::vector<Listener> listeners_;
};

}  // namespace reeve::manager
