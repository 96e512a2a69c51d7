// DELETE /api/v1/nodes/{node}: what must be taken from a node before it goes, and what becomes of
// it when that fails on the way.
#include "base/quote.hpp"
#include "manager/api/answers.hpp"
#include "manager/api/deletion.hpp"
#include "manager/api/handlers.hpp"
#include "manager/api/service_editor.hpp"
#include "manager/api/types.hpp"
#include "manager/keyed_locks.hpp"
#include "manager/node_index.hpp"
#include "manager/node_removals.hpp"
#include "model/name.hpp"
#include "store/catalog/keys.hpp"

namespace reeve::manager::api {
namespace {

using NodePtr = NodeIndex::NodePtr;

bool names(const model::Subscription& entry, const std::string& folded) {
  return entry.nodes && std::ranges::any_of(*entry.nodes, [&](const auto& name) {
           return model::fold(name) == folded;
         });
}

// The services whose subscriptions name the node.
std::vector<std::string> users_of(const store::Snapshot& snapshot, const std::string& node) {
  auto folded = model::fold(node);
  std::vector<std::string> users;
  for (const auto& [key, service] : snapshot.services)
    if (std::ranges::any_of(service->subscriptions(),
                            [&](const auto& entry) { return names(entry, folded); }))
      users.push_back(service->head().name);
  return users;
}

Task<Result<>> unsubscribe_everywhere(Call call, std::string node) {
  for (const auto& service : users_of(*call.context.catalog.snapshot(), node)) {
    ServiceChange change;
    change.name = service;
    change.terms = {"subscriber.delete", call.context.clock.wall(), false};
    change.decide = [&](const store::ServiceEntry* before) -> Result<ServiceParts> {
      if (!before) return fail(Errc::not_found, "there is no service {}", quote(service));
      auto parts = parts_of(*before);
      model::set_node_outputs(parts.subscriptions.subscriptions, node, nullptr);
      return parts;
    };
    auto done = co_await edit_service(call, change);
    bool is_gone = !done && done.error().code == Errc::not_found;
    if (!done && !is_gone) co_return fail(done.error());
  }
  co_return Result<>();
}

NodeRemoval look_at_removal(const Call& call, const model::StoredNode& node) {
  const auto& removals = call.context.removals;
  NodeRemoval removal;
  removal.object = "node/" + node.name;
  removal.used_by = users_of(*call.context.catalog.snapshot(), node.name);
  removal.services = removals.services_of(node);
  removal.state = call.context.fleet.node(node.uid).state;
  if (!removals.can_confirm(node.uid)) removal.unconfirmed = {node.name};
  return removal;
}

Result<NodePtr> find_removable(const Call& call, const Deletion& deletion) {
  auto snapshot = call.context.catalog.snapshot();
  TRY_ASSIGN(auto node, find_node(*snapshot, deletion.name));
  TRY(deletion.check(fmt::format("node {}", quote(deletion.name)), node->value.revision, "service",
                     users_of(*snapshot, deletion.name)));
  return node;
}

/// After a drain, which took a while. What names it now came meanwhile: `in_use`.
Result<NodePtr> find_drained(const Call& call, const Deletion& deletion, const NodePtr& before) {
  auto snapshot = call.context.catalog.snapshot();
  TRY_ASSIGN(auto node, find_node(*snapshot, deletion.name));
  auto what = fmt::format("node {}", quote(deletion.name));
  TRY(deletion.precondition.check(what, node->value.revision));
  if (node->value.key_fingerprint != before->value.key_fingerprint)
    return fail(Errc::conflict, "another machine has taken the place of {} meanwhile", what);
  auto users = users_of(*snapshot, deletion.name);
  if (!users.empty()) return fail(in_use_error(what, "service", users));
  return node;
}

Task<Result<Response>> preview_removal(Call call, Deletion deletion) {
  CO_TRY_ASSIGN(auto node, find_node(*call.context.catalog.snapshot(), deletion.name));
  co_return json_answer(look_at_removal(call, node->value));
}

// Of one that is removed already, whose machine will never be told.
Task<Result<Response>> forget_removed(Call call, std::string name) {
  auto work = call.context.removals.forget(actor_of(call), name);
  CO_TRY(co_await std::move(work));
  NodeRemoval removal;
  removal.object = "node/" + name;
  co_return json_answer(removal);
}

// Says whether its agent has confirmed that it has nothing any more.
Task<Result<bool>> shut_out(Call call, Deletion deletion, NodePtr node,
                            std::vector<std::string> services) {
  constexpr int kMostTries = 3;
  auto& removals = call.context.removals;
  NodeRemovals::Ending ending{false, std::move(services), actor_of(call).who};
  if (!deletion.force) {
    CO_TRY_ASSIGN(ending.is_confirmed, co_await removals.drain(actor_of(call), deletion.name));
  }
  Decision decide = [&]() -> Result<std::optional<Edit>> {
    TRY_ASSIGN(auto now, find_drained(call, deletion, node));
    return removals.removal(*now, ending);
  };
  for (int tries = 1;; ++tries) {
    CO_TRY(co_await unsubscribe_everywhere(call, deletion.name));
    auto committed = co_await call.context.editor.commit_decided(actor_of(call), decide);
    if (committed) co_return ending.is_confirmed;
    bool is_late = committed.error().code == Errc::in_use && tries < kMostTries;
    if (!is_late) co_return fail(committed.error());
  }
}

// Of a removal that came to nothing for this reason: the node shall not stay drained, unless the
// manager stops, which leaves the rest to the next request.
Task<Result<Response>> give_up(Call call, Deletion deletion, Error why) {
  if (deletion.force || why.code == Errc::cancelled) co_return fail(std::move(why));
  auto undone = co_await call.context.removals.undrain(actor_of(call), deletion.name);
  if (!undone)
    why.what += fmt::format(
        "; node {} gets nothing until it is removed, for that cannot be undone "
        "either: {}",
        quote(deletion.name), undone.error().what);
  co_return fail(std::move(why));
}

Task<Result<Response>> remove_node(Call call, Deletion deletion) {
  auto held = co_await call.context.locks.hold(store::keys::node(model::fold(deletion.name)));
  auto node = find_removable(call, deletion);
  bool is_gone = !node && node.error().code == Errc::not_found;
  if (is_gone && deletion.force) co_return co_await forget_removed(call, deletion.name);
  if (!node) co_return fail(node.error());
  auto removal = look_at_removal(call, (*node)->value);
  auto is_confirmed = co_await shut_out(call, deletion, *node, removal.services);
  if (!is_confirmed) co_return co_await give_up(call, deletion, is_confirmed.error());
  removal.unconfirmed.clear();
  if (!*is_confirmed) removal.unconfirmed = {(*node)->value.name};
  co_return json_answer(removal);
}

}  // namespace

Task<Result<Response>> delete_node(Call call) {
  CO_TRY_ASSIGN(auto deletion, Deletion::asked_or_forced(call.request, call.param("node")));
  auto work = deletion.is_dry_run ? preview_removal(call, std::move(deletion))
                                  : remove_node(call, std::move(deletion));
  co_return co_await async::on_loop(call.context.domain, std::move(work));
}

}  // namespace reeve::manager::api
