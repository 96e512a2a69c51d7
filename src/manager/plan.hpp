// What one node shall have: its lists and programs, each shared by all nodes that get it alike, and
// the difference between two such plans. Values are immutable. Domain loop, for what is planned is
// encoded when first asked for.
#pragma once

#include "link/codec.hpp"
#include "model/list.hpp"
#include "model/program.hpp"
#include "model/record.hpp"
#include "model/subscriber.hpp"
#include "store/catalog/document.hpp"
#include "store/catalog/service_entry.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace reeve::manager {

/// Whether the files of a list shall be there, or go.
enum class Wish : std::uint8_t { publish, remove };

/// One thing that a node shall have.
class Planned {
 public:
  enum class Kind : std::uint8_t { list, program };

  virtual ~Planned() = default;
  virtual Kind kind() const = 0;
  /// Of the service or program.
  virtual const std::string& uid() const = 0;
  virtual model::ListMark mark() const = 0;

  const std::string& digest() const;
  /// As a spec carries it.
  const link::UpsertText& text() const;

 protected:
  struct Encoded {
    std::string digest;
    link::UpsertText text;
  };
  virtual Encoded encode() const = 0;

 private:
  mutable Encoded encoded_;
};

/// One service's list, of what was pushed, with one set of outputs.
class PlannedList final : public Planned {
 public:
  PlannedList(std::shared_ptr<const store::ServiceEntry> service, store::PushedContent pushed,
              const model::Cluster& cluster, std::vector<model::Output> outputs,
              Wish wish = Wish::publish);

  Kind kind() const override { return Kind::list; }
  const std::string& uid() const override { return service_->head().uid; }
  model::ListMark mark() const override {
    return {pushed_.revision, service_->version_of(pushed_)};
  }
  const store::PushedContent& pushed() const { return pushed_; }
  const std::vector<model::Output>& outputs() const { return outputs_; }
  Wish wish() const { return wish_; }

  std::uint64_t outputs_mark() const;

 private:
  Encoded encode() const override;

  std::shared_ptr<const store::ServiceEntry> service_;
  store::PushedContent pushed_;
  std::vector<model::Output> outputs_;
  std::string cluster_;
  std::uint64_t epoch_;
  Wish wish_;
  mutable std::uint64_t outputs_mark_ = 0;
};

/// One program, as every node runs it.
class PlannedProgram final : public Planned {
 public:
  using Document = std::shared_ptr<const store::Document<model::StoredProgram>>;

  PlannedProgram(Document program, const model::Cluster& cluster)
      : program_(std::move(program)), epoch_(cluster.epoch) {}

  Kind kind() const override { return Kind::program; }
  const std::string& uid() const override { return program_->value.uid; }
  model::ListMark mark() const override { return {program_->value.revision, program_->modified}; }

 private:
  Encoded encode() const override;

  Document program_;
  std::uint64_t epoch_;
};

using PlannedPtr = std::shared_ptr<const Planned>;
using PlannedListPtr = std::shared_ptr<const PlannedList>;

/// Ordered by uid, each once.
using Plan = std::vector<PlannedPtr>;
using PlanPtr = std::shared_ptr<const Plan>;

/// Null if the plan has nothing with this uid.
PlannedPtr find_planned(const Plan& plan, const std::string& uid);
/// Null if the plan has no list of this service.
PlannedListPtr find_list(const Plan& plan, const std::string& service_uid);
std::vector<PlannedListPtr> lists_of(const Plan& plan);
/// For agents that run none: the same plan where it has none.
PlanPtr without_programs(const PlanPtr& plan);

/// By uid: what to have instead, or null for nothing.
using PlanEdits = std::map<std::string, PlannedPtr>;
Plan with_edits(const Plan& plan, const PlanEdits& edits);

/// What makes `to` out of `from`.
struct PlanDelta {
  std::vector<PlannedPtr> upserts;
  std::vector<std::string> removals;  // uids
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
