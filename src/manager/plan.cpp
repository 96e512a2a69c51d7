#include "manager/plan.hpp"

#include "link/digest.hpp"
#include "store/catalog/subscribers.hpp"

#include <algorithm>

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

const std::string& PlannedList::digest() const {
  if (!upsert_) encode();
  return digest_;
}

const link::UpsertText& PlannedList::upsert() const {
  if (!upsert_) encode();
  return upsert_;
}

std::uint64_t PlannedList::outputs_mark() const {
  if (!upsert_) encode();
  return outputs_mark_;
}

void PlannedList::encode() const {
  model::Cluster cluster;
  cluster.id = cluster_;
  cluster.epoch = epoch_;
  auto list = store::list_for(*service_, pushed_, cluster, outputs_);
  if (wish_ == Wish::remove) list.remove_files = true;
  outputs_mark_ = list.outputs_mark.value_or(0);
  auto text = json::encode_text(list);
  digest_ = link::list_digest(text);
  upsert_ = link::upsert_text(digest_, text);
}

PlannedListPtr find_list(const Plan& plan, const std::string& service_uid) {
  auto at = std::ranges::lower_bound(
      plan, service_uid, {},
      [](const PlannedListPtr& list) -> const std::string& { return list->service(); });
  return at != plan.end() && (*at)->service() == service_uid ? *at : nullptr;
}

Plan with_edits(const Plan& plan, const PlanEdits& edits) {
  Plan out;
  out.reserve(plan.size() + edits.size());
  auto edit = edits.begin();
  auto add_edits_before = [&](const std::string* service) {
    for (; edit != edits.end() && (!service || edit->first < *service); ++edit)
      if (edit->second) out.push_back(edit->second);
  };
  for (const auto& list : plan) {
    add_edits_before(&list->service());
    bool is_edited = edit != edits.end() && edit->first == list->service();
    const auto& wanted = is_edited ? (edit++)->second : list;
    if (wanted) out.push_back(wanted);
  }
  add_edits_before(nullptr);
  return out;
}

PlanDelta plan_delta(const Plan& from, const Plan& to) {
  PlanDelta delta;
  auto old = from.begin();
  for (const auto& list : to) {
    for (; old != from.end() && (*old)->service() < list->service(); ++old)
      delta.removals.push_back((*old)->service());
    bool was_there = old != from.end() && (*old)->service() == list->service();
    if (!was_there || (*old != list && (*old)->digest() != list->digest()))
      delta.upserts.push_back(list);
    if (was_there) ++old;
  }
  for (; old != from.end(); ++old) delta.removals.push_back((*old)->service());
  return delta;
}

PlanDelta limited(PlanDelta delta, std::size_t most_bytes) {
  std::size_t bytes = 0;
  for (std::size_t count = 0; count < delta.upserts.size(); ++count) {
    bytes += delta.upserts[count]->upsert()->size();
    if (bytes <= most_bytes || count == 0) continue;
    delta.upserts.resize(count);
    break;
  }
  return delta;
}

Plan with_delta(const Plan& plan, const PlanDelta& delta) {
  PlanEdits edits;
  for (const auto& list : delta.upserts) edits[list->service()] = list;
  for (const auto& service : delta.removals) edits[service] = nullptr;
  return with_edits(plan, edits);
}

std::string plan_digest(const Plan& plan) {
  std::map<std::string, std::string> digests;
  for (const auto& list : plan)
    digests.emplace_hint(digests.end(), list->service(), list->digest());
  return link::spec_digest(digests);
}

}  // namespace reeve::manager
