#include "manager/planner.hpp"

#include "model/name.hpp"
#include "store/catalog/subscribers.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace reeve::manager {
namespace {

using EntryPtr = std::shared_ptr<const store::ServiceEntry>;

EntryPtr find_service(const store::Snapshot& snapshot, const std::string& folded) {
  const auto* found = snapshot.services.find(folded);
  return found ? *found : nullptr;
}

bool is_same_place(const store::Snapshot& a, const store::Snapshot& b) {
  if (!a.cluster || !b.cluster) return false;
  return a.cluster->value.id == b.cluster->value.id &&
         a.cluster->value.epoch == b.cluster->value.epoch;
}

// Whether all subscribers of both have the same of them, now as before.
bool are_alike_for_all(const store::ServiceEntry& old, const store::ServiceEntry& now) {
  const auto& pushes = now.pushes_part();
  return old.head().push == now.head().push && old.pushes_part() == pushes &&
         (!pushes || pushes->is_alike_for_all());
}

/// The nodes that a program is placed on, as far as they are enrolled.
template <class Visit>
void for_each_node(const model::StoredProgram& program, const store::Snapshot& snapshot,
                   Visit visit) {
  if (!program.placement) return;
  if (!program.placement->nodes) {
    for (const auto& item : snapshot.nodes)
      if (model::takes(*program.placement, item.value->value.name, item.value->value.labels))
        visit(item.value->value);
    return;
  }
  for (const auto& name : *program.placement->nodes)
    if (const auto* node = snapshot.nodes.find(model::fold(name))) visit((*node)->value);
}

const PlanPtr& empty_plan() {
  static const PlanPtr plan = std::make_shared<const Plan>();
  return plan;
}

}  // namespace

Planner::Planner(store::Catalog& catalog) {
  catalog.on_change([this](const store::Snapshot& before, const store::SnapshotPtr& after,
                           const store::Touched& touched) { follow(before, *after, touched); });
}

PlanPtr Planner::plan_of(const std::string& node_uid) const {
  auto found = plans_.find(node_uid);
  return found == plans_.end() ? empty_plan() : found->second;
}

PlannedListPtr Planner::list_of(const std::string& node_uid, const std::string& service_uid) const {
  auto found = plans_.find(node_uid);
  return found == plans_.end() ? nullptr : find_list(*found->second, service_uid);
}

void Planner::follow(const store::Snapshot& before, const store::Snapshot& after,
                     const store::Touched& touched) {
  if (!after.cluster) return;
  if (!is_ready() || !is_same_place(before, after)) {
    // Lists carry cluster and epoch: all of them are others.
    lists_.clear();
    for (const auto& [node, plan] : plans_)
      for (const auto& item : *plan) edits_[node][item->uid()] = nullptr;
    index_ = {};
    receivers_.clear();
    static const store::Snapshot nothing;
    for (const auto& item : after.services) take_service(item.key, nothing, after);
    for (const auto& item : after.services) give_service(item.key, after);
    for (const auto& item : after.programs) give_program(item.key, after);
  } else {
    if (!touched.nodes.empty()) receivers_.clear();
    std::vector<std::string> others;
    for (const auto& name : touched.services) {
      auto now = find_service(after, name);
      bool is_same =
          touched.nodes.empty() && has_same_receivers(find_service(before, name).get(), now.get());
      if (is_same)
        renew_service(now, after);
      else
        others.push_back(name);
    }
    // All is taken before anything is given: a renamed service goes and comes with one uid.
    for (const auto& name : others) take_service(name, before, after);
    for (const auto& name : others) give_service(name, after);
    for (const auto& name : touched.programs) take_program(name, before);
    for (const auto& name : touched.programs) give_program(name, after);
    for (const auto& name : touched.nodes) plan_node(name, before, after);
  }
  version_ = after.revision;
  carry_out();
  auto changed = std::exchange(changed_, {});
  if (changed.empty()) return;
  for (const auto& listener : listeners_) listener(changed);
}

bool Planner::has_same_receivers(const store::ServiceEntry* old, const store::ServiceEntry* now) {
  return old && now && old->head().uid == now->head().uid &&
         old->subscriptions_part() == now->subscriptions_part() && are_alike_for_all(*old, *now);
}

void Planner::renew_service(const EntryPtr& service, const store::Snapshot& after) {
  // Those who are to remove its files get it without a push, too.
  auto pushed = service->pushed_to_all().value_or(service->newest());
  std::unordered_map<PlanPtr, PlanPtr> renewed;  // what one has now, what instead
  for (auto* receiver : receivers_of(*service, after)) {
    auto& [node, plan] = *receiver;
    auto [instead, is_first] = renewed.try_emplace(plan);
    if (is_first) {
      auto had = find_list(*plan, service->head().uid);
      auto list = shared_list(service, pushed, after.cluster->value, had->outputs(), had->wish());
      instead->second =
          list == had ? plan
                      : std::make_shared<const Plan>(with_edits(*plan, {{list->uid(), list}}));
    }
    if (instead->second == plan) continue;
    plan = instead->second;
    changed_.push_back(node);
  }
}

const Planner::Receivers& Planner::receivers_of(const store::ServiceEntry& service,
                                                const store::Snapshot& after) {
  auto [receivers, is_new] = receivers_.try_emplace(service.head().uid);
  if (!is_new) return receivers->second;
  auto add = [&](const store::ResolvedSubscriber& subscriber) {
    if (!subscriber.known) return;
    auto plan = plans_.find(subscriber.known->value.uid);
    bool has_it = plan != plans_.end() && find_list(*plan->second, service.head().uid);
    if (has_it) receivers->second.push_back(&*plan);
  };
  std::ranges::for_each(store::subscribers_of(service, after), add);
  std::ranges::for_each(store::leaving_of(service, after), add);
  return receivers->second;
}

void Planner::take_service(const std::string& folded, const store::Snapshot& before,
                           const store::Snapshot& after) {
  auto old = find_service(before, folded);
  auto now = find_service(after, folded);
  index_.update(folded, old.get(), now.get());
  if (!old) return;
  receivers_.erase(old->head().uid);
  bool is_same = now && now->head().uid == old->head().uid;
  if (!is_same) lists_.erase(old->head().uid);
  auto take = [&](const store::ResolvedSubscriber& subscriber) {
    if (subscriber.known) edits_[subscriber.known->value.uid][old->head().uid] = nullptr;
  };
  std::ranges::for_each(store::subscribers_of(*old, before), take);
  std::ranges::for_each(store::leaving_of(*old, before), take);
}

void Planner::give_service(const std::string& folded, const store::Snapshot& after) {
  auto service = find_service(after, folded);
  if (!service) return;
  auto give = [&](const store::ResolvedSubscriber& subscriber, Wish wish) {
    if (!subscriber.known) return;
    edits_[subscriber.known->value.uid][service->head().uid] =
        pushed_list(service, subscriber.node, after.cluster->value, *subscriber.outputs, wish);
  };
  for (const auto& one : store::subscribers_of(*service, after)) give(one, Wish::publish);
  for (const auto& one : store::leaving_of(*service, after)) give(one, Wish::remove);
}

void Planner::plan_node(const std::string& folded, const store::Snapshot& before,
                        const store::Snapshot& after) {
  const auto* old = before.nodes.find(folded);
  const auto* found = after.nodes.find(folded);
  bool is_same = old && found && (*old)->value.uid == (*found)->value.uid;
  if (old && !is_same) gone_.insert((*old)->value.uid);
  if (!found) return;
  const auto& node = (*found)->value;
  auto& edits = edits_[node.uid];
  for (const auto& item : *plan_of(node.uid)) edits[item->uid()] = nullptr;
  for (const auto& name : index_.services_for(folded)) {
    auto service = find_service(after, name);
    if (!service) continue;
    edits[service->head().uid] = list_for_node(service, node, after.cluster->value);
  }
  if (node.leaving) return;
  for (const auto& item : after.programs) {
    const auto& program = item.value;
    if (program->value.placement && model::takes(*program->value.placement, node.name, node.labels))
      edits[program->value.uid] =
          std::make_shared<const PlannedProgram>(program, after.cluster->value);
  }
}

void Planner::take_program(const std::string& folded, const store::Snapshot& before) {
  const auto* old = before.programs.find(folded);
  if (!old) return;
  for_each_node((*old)->value, before,
                [&](const auto& node) { edits_[node.uid][(*old)->value.uid] = nullptr; });
}

void Planner::give_program(const std::string& folded, const store::Snapshot& after) {
  const auto* program = after.programs.find(folded);
  if (!program) return;
  auto planned = std::make_shared<const PlannedProgram>(*program, after.cluster->value);
  for_each_node((*program)->value, after, [&](const auto& node) {
    if (!node.leaving) edits_[node.uid][planned->uid()] = planned;
  });
}

PlannedListPtr Planner::list_for_node(const EntryPtr& service, const model::StoredNode& node,
                                      const model::Cluster& cluster) {
  if (node.leaving) return nullptr;
  const auto* outputs = model::outputs_for(service->subscriptions(), node.name, node.labels);
  if (outputs) return pushed_list(service, node.name, cluster, *outputs, Wish::publish);
  auto leaving = model::find_leaving(service->leaving(), node.name);
  if (leaving == service->leaving().end()) return nullptr;
  const auto& had = leaving->outputs.empty() ? model::default_outputs() : leaving->outputs;
  return pushed_list(service, node.name, cluster, had, Wish::remove);
}

void Planner::carry_out() {
  std::map<Plan, PlanPtr> made;  // nodes that shall have the same share one plan
  for (const auto& [node, edits] : edits_) {
    auto plan = plan_of(node);
    auto edited = with_edits(*plan, edits);
    if (edited == *plan) continue;
    auto [same, is_first] = made.try_emplace(std::move(edited));
    if (is_first) same->second = std::make_shared<const Plan>(same->first);
    plans_[node] = same->second;
    changed_.push_back(node);
  }
  for (const auto& node : gone_)
    if (plans_.erase(node)) changed_.push_back(node);
  edits_.clear();
  gone_.clear();
}

PlannedListPtr Planner::pushed_list(const EntryPtr& service, std::string_view node,
                                    const model::Cluster& cluster,
                                    const std::vector<model::Output>& outputs, Wish wish) {
  auto pushed = service->pushed_to(node);
  // The files of what it had are to go, whatever that was.
  if (!pushed && wish == Wish::remove) pushed = service->newest();
  return pushed ? shared_list(service, *pushed, cluster, outputs, wish) : nullptr;
}

PlannedListPtr Planner::shared_list(const EntryPtr& service, const store::PushedContent& pushed,
                                    const model::Cluster& cluster,
                                    const std::vector<model::Output>& outputs, Wish wish) {
  auto& lists = lists_[service->head().uid];
  model::ListMark mark{pushed.revision, service->version_of(pushed)};
  // What nobody has any more goes: outputs may be edited for ever.
  std::erase_if(lists, [&](const PlannedListPtr& list) { return list.use_count() == 1; });
  for (const auto& list : lists) {
    if (list->mark() == mark && list->wish() == wish && list->outputs() == outputs) return list;
  }
  lists.push_back(std::make_shared<const PlannedList>(service, pushed, cluster, outputs, wish));
  return lists.back();
}

}  // namespace reeve::manager
