// What one node shall have: its lists, each shared by all nodes that get it alike, and the
// difference between two such plans. Values are immutable. Domain loop, for lists are encoded when
// first asked for.
#pragma once

#include "link/codec.hpp"
#include "model/list.hpp"
#include "model/subscriber.hpp"
#include "store/catalog/service_entry.hpp"

#include <memory>
#include <string>
#include <vector>

namespace reeve::manager {

/// One service's list with one set of outputs.
class PlannedList {
 public:
  /// `outputs` lies in `service`.
  PlannedList(std::shared_ptr<const store::ServiceEntry> service, const model::Cluster& cluster,
              const std::vector<model::Output>& outputs);

  const std::string& service() const { return service_->head().uid; }
  model::ListMark mark() const { return {service_->head().revision, service_->version()}; }
  const std::vector<model::Output>& outputs() const { return *outputs_; }
  /// Whether it was made of this entry.
  bool is_of(const store::ServiceEntry& service) const { return service_.get() == &service; }

  const std::string& digest() const;
  const link::UpsertText& upsert() const;

 private:
  void encode() const;

  std::shared_ptr<const store::ServiceEntry> service_;
  const std::vector<model::Output>* outputs_;
  std::string cluster_;
  std::uint64_t epoch_;
  mutable std::string digest_;
  mutable link::UpsertText upsert_;
};

using PlannedListPtr = std::shared_ptr<const PlannedList>;

/// Ordered by service uid, each once.
using Plan = std::vector<PlannedListPtr>;
using PlanPtr = std::shared_ptr<const Plan>;

/// Null if the plan has no list of this service.
PlannedListPtr find_list(const Plan& plan, const std::string& service_uid);
/// With the list added or replaced.
Plan with_list(const Plan& plan, PlannedListPtr list);
Plan without_list(const Plan& plan, const std::string& service_uid);

/// What makes `to` out of `from`.
struct PlanDelta {
  std::vector<PlannedListPtr> upserts;
  std::vector<std::string> removals;  // uids of services
  bool empty() const { return upserts.empty() && removals.empty(); }
};
PlanDelta plan_delta(const Plan& from, const Plan& to);

/// link::spec_digest() of the plan.
std::string plan_digest(const Plan& plan);

}  // namespace reeve::manager
