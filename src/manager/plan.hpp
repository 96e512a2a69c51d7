// What one node shall have: its lists, each shared by all nodes that get it alike, and the
// difference between two such plans. Values are immutable. Domain loop, for lists are encoded when
// first asked for.
#pragma once

#include "link/codec.hpp"
#include "model/list.hpp"
#include "model/record.hpp"
#include "model/subscriber.hpp"
#include "store/catalog/service_entry.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace reeve::manager {

/// Whether the files of a list shall be there, or go.
enum class Wish : std::uint8_t { publish, remove };

/// One service's list, of what was pushed, with one set of outputs.
class PlannedList {
 public:
  PlannedList(std::shared_ptr<const store::ServiceEntry> service, store::PushedContent pushed,
              const model::Cluster& cluster, std::vector<model::Output> outputs,
              Wish wish = Wish::publish);

  const std::string& service() const { return service_->head().uid; }
  model::ListMark mark() const { return {pushed_.revision, service_->version_of(pushed_)}; }
  const store::PushedContent& pushed() const { return pushed_; }
  const std::vector<model::Output>& outputs() const { return outputs_; }
  Wish wish() const { return wish_; }

  const std::string& digest() const;
  const link::UpsertText& upsert() const;
  std::uint64_t outputs_mark() const;

 private:
  void encode() const;

  std::shared_ptr<const store::ServiceEntry> service_;
  store::PushedContent pushed_;
  std::vector<model::Output> outputs_;
  std::string cluster_;
  std::uint64_t epoch_;
  Wish wish_;
  mutable std::string digest_;
  mutable link::UpsertText upsert_;
  mutable std::uint64_t outputs_mark_ = 0;
};

using PlannedListPtr = std::shared_ptr<const PlannedList>;

/// Ordered by service uid, each once.
using Plan = std::vector<PlannedListPtr>;
using PlanPtr = std::shared_ptr<const Plan>;

/// Null if the plan has no list of this service.
PlannedListPtr find_list(const Plan& plan, const std::string& service_uid);

/// By service uid: the list to have instead, or null for none.
using PlanEdits = std::map<std::string, PlannedListPtr>;
Plan with_edits(const Plan& plan, const PlanEdits& edits);

/// What makes `to` out of `from`.
struct PlanDelta {
  std::vector<PlannedListPtr> upserts;
  std::vector<std::string> removals;  // uids of services
  bool empty() const { return upserts.empty() && removals.empty(); }
};
PlanDelta plan_delta(const Plan& from, const Plan& to);

/// The delta without the last upserts, so that its text is about `most_bytes` at most; one always
/// stays. What was left out is in the next delta.
PlanDelta limited(PlanDelta delta, std::size_t most_bytes);
/// What one has after the delta.
Plan with_delta(const Plan& plan, const PlanDelta& delta);

/// link::spec_digest() of the plan.
std::string plan_digest(const Plan& plan);

}  // namespace reeve::manager
