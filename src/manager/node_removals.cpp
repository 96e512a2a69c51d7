#include "manager/node_removals.hpp"

#include "base/log.hpp"
#include "base/quote.hpp"
#include "manager/node_index.hpp"
#include "manager/removed_keys.hpp"
#include "model/name.hpp"
#include "store/catalog/keys.hpp"

#include <set>

namespace reeve::manager {
namespace {

namespace keys = store::keys;

Edit forgetting(std::string action, const model::RemovedNode& node) {
  Edit edit;
  edit.action = std::move(action);
  edit.object = "node/" + node.name;
  edit.before = json::encode(node);
  edit.writes = {{keys::removed_node(node.uid), nullptr}};
  return edit;
}

model::RemovedNode removed(const model::StoredNode& node, const NodeRemovals::Ending& ending,
                           WallTime now) {
  model::RemovedNode document;
  document.uid = node.uid;
  document.name = node.name;
  document.key_fingerprint = node.key_fingerprint;
  document.services = ending.services;
  document.removed = now;
  document.by = ending.by;
  return document;
}

}  // namespace

NodeRemovals::NodeRemovals(RemovalParts parts)
    : parts_(parts), changed_(parts.domain), tasks_(parts.domain, "node removals") {
  parts_.fleet.on_change([this](const Fleet::Change&) {
    if (changed_.has_waiters()) changed_.notify_all();
  });
}

std::vector<std::string> NodeRemovals::services_of(const model::StoredNode& node) const {
  std::set<std::string> uids;
  for (const auto& list : lists_of(*parts_.planner.plan_of(node.uid))) uids.insert(list->uid());
  for (const auto& [service, sight] : parts_.fleet.lists(node.uid))
    if (sight.applied) uids.insert(service);
  std::vector<std::string> names;
  if (uids.empty()) return names;
  for (const auto& item : parts_.catalog.snapshot()->services)
    if (uids.contains(item.value->head().uid)) names.push_back(item.value->head().name);
  return names;
}

bool NodeRemovals::can_confirm(const std::string& node_uid) const {
  return !parts_.hold.is_on() && parts_.fleet.node(node_uid).state == model::NodeState::up;
}

Task<Result<bool>> NodeRemovals::drain(Actor actor, std::string name) {
  CO_TRY_ASSIGN(auto node, find_node(*parts_.catalog.snapshot(), name));
  auto uid = node->value.uid;
  if (!can_confirm(uid)) co_return false;
  CO_TRY(co_await mark(std::move(actor), name, true));
  auto deadline = parts_.domain.now() + kPatience;
  while (!has_confirmed(uid)) {
    if (is_stopping_)
      co_return fail(Errc::cancelled,
                     "the manager is stopping: node {} gets nothing any more, and is removed when "
                     "that is asked for again",
                     quote(name));
    if (!can_confirm(uid)) co_return false;
    auto woken = co_await changed_.wait(deadline);
    if (woken) continue;
    if (woken.error().code != Errc::timeout) co_return fail(woken.error());
    co_return has_confirmed(uid);
  }
  co_return true;
}

Task<Result<>> NodeRemovals::undrain(Actor actor, std::string name) {
  auto undone = co_await mark(std::move(actor), std::move(name), false);
  if (!undone && undone.error().code == Errc::not_found) co_return Result<>();
  co_return undone;
}

Task<Result<>> NodeRemovals::mark(Actor actor, std::string name, bool is_leaving) {
  Decision decide = [&]() -> Result<std::optional<Edit>> {
    TRY_ASSIGN(auto node, find_node(*parts_.catalog.snapshot(), name));
    // A removal that was interrupted has left its mark.
    if (node->value.leaving.has_value() == is_leaving) return std::optional<Edit>();
    auto key = keys::node(model::fold(name));
    auto after = node->value;
    after.leaving.reset();
    if (is_leaving) after.leaving = parts_.domain.clock().wall();
    Edit edit;
    edit.action = is_leaving ? "node.drain" : "node.undrain";
    edit.object = "node/" + node->value.name;
    edit.before = json::encode(node->value);
    edit.after = json::encode(after);
    edit.guards = {{key, node->modified}};
    edit.writes = {{key, store::bytes(json::encode_text(after))}};
    return std::optional<Edit>(std::move(edit));
  };
  co_return co_await parts_.editor.commit_decided(std::move(actor), decide);
}

bool NodeRemovals::has_confirmed(const std::string& node_uid) const {
  return can_confirm(node_uid) && parts_.is_settled(node_uid);
}

Edit NodeRemovals::removal(const NodeDocument& node, const Ending& ending) const {
  auto key = keys::node(model::fold(node.value.name));
  Edit edit;
  edit.action = "node.delete";
  edit.object = "node/" + node.value.name;
  edit.before = json::encode(node.value);
  edit.guards = {{key, node.modified}};
  auto now = parts_.domain.clock().wall();
  edit.writes = remember_key(node.value, *parts_.catalog.snapshot(), now);
  edit.writes.push_back({key, nullptr});
  if (ending.is_confirmed) return edit;
  auto document = removed(node.value, ending, now);
  edit.writes.push_back(
      {keys::removed_node(document.uid), store::bytes(json::encode_text(document))});
  auto snapshot = parts_.catalog.snapshot();
  if (snapshot->removed_nodes.size() >= kKept) {
    const auto& oldest = *snapshot->removed_nodes.begin();
    log::warning("a removed node is unconfirmed for ever: too many are",
                 {{"node", oldest.value->value.name}, {"most", std::to_string(kKept)}});
    edit.writes.push_back({keys::removed_node(oldest.key), nullptr});
  }
  return edit;
}

Task<Result<>> NodeRemovals::forget(Actor actor, std::string name) {
  auto snapshot = parts_.catalog.snapshot();
  bool is_any = false;
  for (const auto& item : snapshot->removed_nodes) {
    const auto& node = item.value->value;
    if (model::fold(node.name) != model::fold(name)) continue;
    CO_TRY(co_await parts_.editor.commit(actor, forgetting("node.forget", node)));
    is_any = true;
  }
  if (!is_any) co_return fail(Errc::not_found, "there is no node {}", quote(name));
  co_return Result<>();
}

void NodeRemovals::on_turned_away(const std::string& uid, const std::string& key_fingerprint) {
  auto snapshot = parts_.catalog.snapshot();
  const auto* found = snapshot->removed_nodes.find(uid);
  if (found && (*found)->value.key_fingerprint == key_fingerprint) tasks_.start(forget_told(uid));
}

Task<> NodeRemovals::forget_told(std::string uid) {
  Decision decide = [&]() -> Result<std::optional<Edit>> {
    auto snapshot = parts_.catalog.snapshot();
    const auto* found = snapshot->removed_nodes.find(uid);
    if (!found) return std::optional<Edit>();
    return std::optional<Edit>(forgetting("node.told", (*found)->value));
  };
  auto done = co_await parts_.editor.commit_decided(ourselves(), decide);
  // The agent's next try asks for it again.
  if (!done)
    log::warning("that a removed node was told is not written down",
                 {{"node", uid}, {"why", done.error().what}});
}

void NodeRemovals::end_waits() {
  is_stopping_ = true;
  changed_.notify_all();
}

}  // namespace reeve::manager
