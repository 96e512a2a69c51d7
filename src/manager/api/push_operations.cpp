#include "manager/api/push_operations.hpp"

#include "base/duration.hpp"
#include "base/log.hpp"
#include "base/quote.hpp"
#include "manager/api/operation_document.hpp"
#include "manager/api/subscriber_view.hpp"
#include "manager/uid.hpp"
#include "model/name.hpp"
#include "store/catalog/subscribers.hpp"

#include <algorithm>

namespace reeve::manager::api {
namespace {

using model::OperationState;

constexpr std::string_view kService = "service/";

bool is_running(const model::TargetResult& result) {
  return result.state == OperationState::running;
}

bool is_cancelled(const model::TargetResult& result) {
  return result.state == OperationState::cancelled;
}

std::string service_of(const model::Operation& operation) {
  const auto& object = operation.object;
  return object.starts_with(kService) ? object.substr(kService.size()) : object;
}

// Why a target is not waited for any longer; nothing while it is to have what was pushed.
std::optional<std::string> reason_to_leave(const store::ServiceEntry& service,
                                           const model::Operation& operation,
                                           const store::ResolvedSubscriber* subscriber) {
  if (!subscriber) return "it is no subscriber any more";
  auto pushed = service.pushed_to(subscriber->node);
  if (!operation.revision || (pushed && pushed->revision == *operation.revision)) return {};
  if (!pushed) return "the push was taken back";
  return fmt::format("revision {} took its place", pushed->revision);
}

}  // namespace

PushOperations::PushOperations(async::Loop& domain, const sys::Clock& clock, store::Store& store,
                               store::Catalog& catalog, Fleet& fleet, Editor& editor)
    : domain_(domain),
      clock_(clock),
      store_(store),
      catalog_(catalog),
      fleet_(fleet),
      editor_(editor),
      tasks_(domain, "pushes") {
  fleet_.on_change([this](const Fleet::Change& change) { on_fleet_change(change); });
  catalog.on_change([this](const store::Snapshot&, const store::SnapshotPtr&,
                           const store::Touched& touched) { on_catalog_change(touched); });
}

PushOperations::PushPtr PushOperations::make(model::Operation operation) const {
  auto push = std::make_shared<Push>(domain_);
  push->operation = std::move(operation);
  push->service_name = model::fold(service_of(push->operation));
  for (const auto& result : push->operation.results) push->names.insert(model::fold(result.target));
  auto now = clock_.now();
  push->deadline = now + kDeadline;
  push->grace_end = now + kGrace;
  push->next_save = now + kSavePause;
  return push;
}

void PushOperations::review(Push& push) const {
  push.is_moved = false;
  auto snapshot = catalog_.snapshot();
  const auto* found = snapshot->services.find(push.service_name);
  bool is_there = found && (push.service_uid.empty() || (*found)->head().uid == push.service_uid);
  auto& operation = push.operation;
  std::map<std::string, store::ResolvedSubscriber> subscribers;  // by folded name
  if (is_there) {
    push.service_uid = (*found)->head().uid;
    if (push.version == 0) push.version = (*found)->version();
    for (auto& one : store::subscribers_of(**found, *snapshot))
      subscribers.emplace(model::fold(one.node), std::move(one));
  }
  push.by_node.clear();
  push.left = 0;
  for (std::size_t i = 0; i < operation.results.size(); ++i) {
    if (!is_running(operation.results[i])) continue;
    if (!is_there) {
      set_result(operation, i, OperationState::failed, "the service was removed");
      push.has_news = true;
      continue;
    }
    const auto& service = **found;
    auto at = subscribers.find(model::fold(operation.results[i].target));
    const auto* subscriber = at == subscribers.end() ? nullptr : &at->second;
    if (auto why = reason_to_leave(service, operation, subscriber)) {
      set_result(operation, i, OperationState::cancelled, std::move(why));
      push.has_news = true;
      continue;
    }
    ++push.left;
    auto pushed = service.pushed_to(subscriber->node);
    if (pushed && subscriber->known)
      push.by_node[subscriber->known->value.uid] = {
          i, operation.revision ? pushed->pushed : push.version,
          wanted_list(service, *subscriber, *pushed)};
  }
}

void PushOperations::resume() {
  auto snapshot = catalog_.snapshot();
  for (const auto& [uid, record] : snapshot->operations)
    if (record->index.state == OperationState::running &&
        record->index.object.starts_with(kService))
      begin(make(record->unpacked()));
}

model::Operation PushOperations::operation_of(const Actor& actor, const Order& order,
                                              WallTime now) {
  model::Operation operation;
  operation.started = now;
  operation.uid = new_uid(operation.started);
  operation.kind = order.kind;
  operation.object = std::string(kService) + order.service->head().name;
  // Where everyone has the newest by itself any later revision will do, too.
  const auto& service = *order.service;
  bool is_by_itself = service.head().push == model::Push::auto_ && !service.pushes_part();
  if (!order.edit.writes.empty() || !is_by_itself) operation.revision = order.revision;
  operation.total = static_cast<std::uint32_t>(order.targets.size());
  operation.by = actor.who;
  operation.request_id = actor.request_id;
  operation.results.reserve(order.targets.size());
  for (const auto& target : order.targets)
    operation.results.push_back({target, OperationState::running, std::nullopt});
  return operation;
}

Task<Result<model::Operation>> PushOperations::start(Actor actor, Order order) {
  auto push = make(operation_of(actor, order, clock_.wall()));
  bool is_there_already = order.edit.writes.empty();
  if (is_there_already) {
    review(*push);
    look(*push, false);
    finish_if_over(*push);
  }
  auto edit = std::move(order.edit);
  edit.action = "service." + order.kind;
  edit.object = push->operation.object;
  auto said = std::move(order.audit);
  said["operation"] = push->operation.uid;
  said["revision"] = order.revision;
  said["targets"] = push->operation.total;
  edit.after = std::move(said);
  auto runs = [this](const std::string& uid) { return running_.contains(uid); };
  for (auto& removal : removals_of_oldest(*catalog_.snapshot(), runs))
    edit.writes.push_back(std::move(removal));
  edit.writes.push_back(write_of(push->operation));
  push->is_settled = push->operation.state != OperationState::running;
  CO_TRY(co_await editor_.commit(std::move(actor), std::move(edit)));
  if (!push->is_settled) begin(push);
  co_return push->operation;
}

void PushOperations::begin(const PushPtr& push) {
  running_[push->operation.uid] = push;
  review(*push);
  look(*push, false);
  tasks_.start(follow(push));
}

const model::Operation* PushOperations::running(const std::string& uid) const {
  auto at = running_.find(uid);
  return at == running_.end() ? nullptr : &at->second->operation;
}

Task<> PushOperations::follow(PushPtr push) {
  constexpr Duration kRetry = std::chrono::seconds(5);
  while (!push->is_settled) {
    if (push->is_cancelling) {
      auto told = co_await push->changed.wait(domain_.now() + kDeadline);
      if (!told && told.error().code == Errc::cancelled) co_return;
      continue;
    }
    auto now = clock_.now();
    if (push->is_moved) review(*push);
    if (now >= push->grace_end) {
      look(*push, true);
      give_up(*push, now >= push->deadline);
    }
    finish_if_over(*push);
    bool has_ended = push->operation.state != OperationState::running;
    bool is_due = push->has_news && now >= push->next_save;
    if (has_ended || is_due) {
      bool is_saved = co_await save(push);
      if (has_ended && is_saved) break;
      push->next_save = clock_.now() + (is_saved ? kSavePause : kRetry);
    }
    if (push->is_settled) break;
    auto wake = push->has_news || has_ended ? push->next_save : push->deadline;
    if (now < push->grace_end) wake = std::min(wake, push->grace_end);
    auto woken = co_await push->changed.wait(wake);
    if (!woken && woken.error().code == Errc::cancelled) co_return;
  }
  running_.erase(push->operation.uid);
}

Task<bool> PushOperations::save(PushPtr push) {
  push->has_news = false;
  store::Commit commit;
  commit.writes.push_back(write_of(push->operation));
  auto written = co_await store_.commit(std::move(commit));
  if (!written)
    log::warning("an operation's progress is not written down",
                 {{"operation", push->operation.uid}, {"why", written.error().what}});
  co_return written.has_value();
}

void PushOperations::look(Push& push, bool counts_errors) {
  for (const auto& [node, target] : push.by_node) look_at(push, node, target, counts_errors);
}

void PushOperations::look_at(Push& push, const std::string& node, const Target& target,
                             bool counts_errors) {
  auto& operation = push.operation;
  if (!is_running(operation.results[target.result])) return;
  const auto& word = fleet_.list(node, push.service_uid);
  bool is_applied = word.applied && word.applied->version >= target.version &&
                    (!operation.revision || word.applied->revision == *operation.revision);
  bool is_failure = has_failed(word, target.wanted);
  if (is_applied && !is_failure) {
    set_result(operation, target.result, OperationState::done, std::nullopt);
    push.has_news = true;
    --push.left;
  } else if (is_failure && counts_errors) {
    set_result(operation, target.result, OperationState::failed, word.error);
    push.has_news = true;
    --push.left;
  }
}

std::optional<std::string> PushOperations::absence(const std::string* node) const {
  if (!node) return "no node of this name has joined";
  if (fleet_.node(*node).state != model::NodeState::down) return std::nullopt;
  return "the node is down; it gets the list when it is back";
}

void PushOperations::give_up(Push& push, bool on_all) {
  std::map<std::size_t, const std::string*> nodes;
  for (const auto& [node, target] : push.by_node) nodes[target.result] = &node;
  for (std::size_t i = 0; i < push.operation.results.size(); ++i) {
    if (!is_running(push.operation.results[i])) continue;
    auto node = nodes.find(i);
    auto why = absence(node == nodes.end() ? nullptr : node->second);
    if (!why && on_all)
      why = fmt::format("the agent has not applied it within {}", format_duration(kDeadline));
    if (!why) continue;
    set_result(push.operation, i, OperationState::failed, std::move(why));
    push.has_news = true;
    --push.left;
  }
}

void PushOperations::finish_if_over(Push& push) {
  auto& operation = push.operation;
  if (operation.state != OperationState::running || push.left > 0) return;
  bool were_some_left_out = std::ranges::any_of(operation.results, is_cancelled);
  operation.state = operation.failed > 0 ? OperationState::failed
                    : were_some_left_out ? OperationState::cancelled
                                         : OperationState::done;
  operation.ended = clock_.wall();
}

void PushOperations::on_fleet_change(const Fleet::Change& change) {
  if (change.lists.empty()) return;
  for (auto& [uid, push] : running_) {
    auto at = push->by_node.find(change.node);
    bool is_ours = at != push->by_node.end() &&
                   std::ranges::find(change.lists, push->service_uid) != change.lists.end();
    if (!is_ours) continue;
    bool had_news = push->has_news;
    look_at(*push, at->first, at->second, true);
    if ((push->has_news && !had_news) || push->left == 0) push->changed.notify_all();
  }
}

bool PushOperations::concerns(const store::Touched& touched, const Push& push) {
  if (touched.services.contains(push.service_name)) return true;
  return std::ranges::any_of(touched.nodes,
                             [&](const auto& node) { return push.names.contains(node); });
}

void PushOperations::on_catalog_change(const store::Touched& touched) {
  for (auto& [uid, push] : running_) {
    if (!concerns(touched, *push)) continue;
    push->is_moved = true;
    push->changed.notify_all();
  }
}

Task<Result<model::Operation>> PushOperations::cancel(Actor actor, std::string uid) {
  auto at = running_.find(uid);
  if (at == running_.end())
    co_return fail(Errc::conflict, "operation {} does not run any more", quote(uid));
  auto push = at->second;
  auto ended = cancelled(push->operation, clock_.wall());
  Edit edit;
  edit.action = "operation.cancel";
  edit.object = "operation/" + uid;
  edit.writes.push_back(write_of(ended));
  // Whatever is seen meanwhile is not written after this.
  push->is_cancelling = true;
  auto committed = co_await editor_.commit(std::move(actor), std::move(edit));
  push->is_cancelling = false;
  push->changed.notify_all();
  if (!committed) co_return fail(committed.error());
  push->operation = ended;
  push->is_settled = true;
  running_.erase(uid);
  co_return ended;
}

}  // namespace reeve::manager::api
