#include "manager/plan.hpp"

#include "link/digest.hpp"
#include "store/catalog/subscribers.hpp"

#include <algorithm>
#include <utility>

namespace reeve::manager {

PlannedList::PlannedList(std::shared_ptr<const store::ServiceEntry> service,
                         store::PushedContent pushed, const model::Cluster& cluster,
                         std::vector<model::Output> outputs, Wish wish)
    : service_(std::move(service)),
      pushed_(std::move(pushed)),
      outputs_(std::move(outputs)),
      cluster_(cluster.id),
      epoch_(cluster.epoch),
      wish_(wish) {}

const std::string& Planned::digest() const {
  if (!encoded_.text) encoded_ = encode();
  return encoded_.digest;
}

const link::UpsertText& Planned::text() const {
  if (!encoded_.text) encoded_ = encode();
  return encoded_.text;
}

std::uint64_t PlannedList::outputs_mark() const {
  [[maybe_unused]] const auto& encoded = text();
  return outputs_mark_;
}

Planned::Encoded PlannedList::encode() const {
  model::Cluster cluster;
  cluster.id = cluster_;
  cluster.epoch = epoch_;
  auto list = store::list_for(*service_, pushed_, cluster, outputs_);
  if (wish_ == Wish::remove) list.remove_files = true;
  outputs_mark_ = list.outputs_mark.value_or(0);
  auto text = json::encode_text(list);
  auto digest = link::list_digest(text);
  auto upsert = link::upsert_text(digest, text);
  return {std::move(digest), std::move(upsert)};
}

Planned::Encoded PlannedProgram::encode() const {
  const auto& stored = program_->value;
  model::PlacedProgram placed;
  static_cast<model::ProgramSpec&>(placed) = stored;
  // Not the node's business, and not the same for all time.
  placed.placement.reset();
  placed.set.reset();
  placed.uid = stored.uid;
  placed.name = stored.name;
  placed.revision = stored.revision;
  placed.epoch = epoch_;
  placed.version = program_->modified;
  auto text = json::encode_text(placed);
  auto digest = link::list_digest(text);
  auto upsert = link::program_text(digest, text);
  return {std::move(digest), std::move(upsert)};
}

PlannedPtr find_planned(const Plan& plan, const std::string& uid) {
  auto at = std::ranges::lower_bound(
      plan, uid, {}, [](const PlannedPtr& item) -> const std::string& { return item->uid(); });
  return at != plan.end() && (*at)->uid() == uid ? *at : nullptr;
}

PlannedListPtr find_list(const Plan& plan, const std::string& service_uid) {
  auto found = find_planned(plan, service_uid);
  if (!found || found->kind() != Planned::Kind::list) return nullptr;
  return std::static_pointer_cast<const PlannedList>(std::move(found));
}

std::vector<PlannedListPtr> lists_of(const Plan& plan) {
  std::vector<PlannedListPtr> lists;
  lists.reserve(plan.size());
  for (const auto& item : plan)
    if (item->kind() == Planned::Kind::list)
      lists.push_back(std::static_pointer_cast<const PlannedList>(item));
  return lists;
}

PlanPtr without_programs(const PlanPtr& plan) {
  auto is_program = [](const PlannedPtr& item) { return item->kind() == Planned::Kind::program; };
  if (std::ranges::none_of(*plan, is_program)) return plan;
  auto lists = *plan;
  std::erase_if(lists, is_program);
  return std::make_shared<const Plan>(std::move(lists));
}

Plan with_edits(const Plan& plan, const PlanEdits& edits) {
  Plan out;
  out.reserve(plan.size() + edits.size());
  auto edit = edits.begin();
  auto add_edits_before = [&](const std::string* uid) {
    for (; edit != edits.end() && (!uid || edit->first < *uid); ++edit)
      if (edit->second) out.push_back(edit->second);
  };
  for (const auto& item : plan) {
    add_edits_before(&item->uid());
    bool is_edited = edit != edits.end() && edit->first == item->uid();
    const auto& wanted = is_edited ? (edit++)->second : item;
    if (wanted) out.push_back(wanted);
  }
  add_edits_before(nullptr);
  return out;
}

PlanDelta plan_delta(const Plan& from, const Plan& to) {
  PlanDelta delta;
  auto old = from.begin();
  for (const auto& list : to) {
    for (; old != from.end() && (*old)->uid() < list->uid(); ++old)
      delta.removals.push_back((*old)->uid());
    bool was_there = old != from.end() && (*old)->uid() == list->uid();
    if (!was_there || (*old != list && (*old)->digest() != list->digest()))
      delta.upserts.push_back(list);
    if (was_there) ++old;
  }
  for (; old != from.end(); ++old) delta.removals.push_back((*old)->uid());
  return delta;
}

PlanDelta limited(PlanDelta delta, std::size_t most_bytes) {
  std::size_t bytes = 0;
  for (std::size_t count = 0; count < delta.upserts.size(); ++count) {
    bytes += delta.upserts[count]->text()->size();
    if (bytes <= most_bytes || count == 0) continue;
    delta.upserts.resize(count);
    break;
  }
  return delta;
}

Plan with_delta(const Plan& plan, const PlanDelta& delta) {
  PlanEdits edits;
  for (const auto& list : delta.upserts) edits[list->uid()] = list;
  for (const auto& service : delta.removals) edits[service] = nullptr;
  return with_edits(plan, edits);
}

std::string plan_digest(const Plan& plan) {
  std::map<std::string, std::string> digests;
  for (const auto& list : plan) digests.emplace_hint(digests.end(), list->uid(), list->digest());
  return link::spec_digest(digests);
}

}  // namespace reeve::manager
