// /api/v1/nodes
#include "base/quote.hpp"
#include "json/patch.hpp"
#include "link/agent_status.hpp"
#include "manager/api/answers.hpp"
#include "manager/api/body.hpp"
#include "manager/api/deletion.hpp"
#include "manager/api/handlers.hpp"
#include "manager/api/keyed_locks.hpp"
#include "manager/api/paging.hpp"
#include "manager/api/service_editor.hpp"
#include "manager/api/types.hpp"
#include "manager/node_removals.hpp"
#include "model/name.hpp"
#include "store/catalog/keys.hpp"

namespace reeve::manager::api {
namespace {

using NodePtr = std::shared_ptr<const store::Document<model::StoredNode>>;

model::Node view(const model::StoredNode& stored, const Fleet& fleet) {
  const auto& sight = fleet.node(stored.uid);
  model::Node node;
  node.uid = stored.uid;
  node.name = stored.name;
  node.machine_id = stored.machine_id;
  node.labels = stored.labels;
  node.state = sight.state;
  node.address = sight.address;
  node.agent_version = sight.agent_version;
  node.last_seen = sight.last_seen;
  node.applied_version = sight.applied_version;
  node.clock_offset = sight.clock_offset;
  node.revision = stored.revision;
  node.enrolled = stored.enrolled;
  node.leaving = stored.leaving;
  return node;
}

Result<NodePtr> find_node(const store::Snapshot& snapshot, const std::string& name) {
  const auto* found = snapshot.nodes.find(model::fold(name));
  if (!found) return fail(Errc::not_found, "there is no node {}", quote(name));
  return *found;
}

bool matches(const Search& search, const model::StoredNode& node) {
  if (search.is_empty()) return true;
  std::string labels;
  for (const auto& [key, value] : node.labels) labels += key + '=' + value + ' ';
  return search.matches({node.name, labels});
}

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

struct Relabelling {
  std::string name;
  Precondition precondition;
  json::Value patch;
};

Result<model::StoredNode> relabelled(const model::StoredNode& before, const json::Value& patch) {
  json::Value labels = json::encode(model::NodeRequest{before.labels});
  auto merged = json::merge_patch(std::move(labels), patch);
  TRY_ASSIGN(auto asked, json::decode<model::NodeRequest>(merged, json::Mode::strict));
  auto after = before;
  after.labels = std::move(asked.labels);
  return after;
}

Task<Result<Response>> relabel(Call call, Relabelling ask) {
  const auto& context = call.context;
  auto key = store::keys::node(model::fold(ask.name));
  auto held = co_await context.locks.hold(key);
  model::StoredNode after;
  Decision decide = [&]() -> Result<std::optional<Edit>> {
    TRY_ASSIGN(auto before, find_node(*context.catalog.snapshot(), ask.name));
    TRY(ask.precondition.check(fmt::format("node {}", quote(ask.name)), before->value.revision));
    TRY_ASSIGN(after, relabelled(before->value, ask.patch));
    if (after.labels == before->value.labels) return std::optional<Edit>();
    ++after.revision;
    return Edit{"node.patch",
                "node/" + after.name,
                json::encode(before->value),
                json::encode(after),
                {{key, before->modified}},
                {{key, store::bytes(json::encode_text(after))}}};
  };
  CO_TRY(co_await context.editor.commit_decided(actor_of(call), decide));
  auto node = view(after, context.fleet);
  co_return with_etag(json_answer(node), node.revision);
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

Task<Result<Response>> remove_node(Call call, Deletion deletion) {
  const auto& context = call.context;
  auto held = co_await context.locks.hold(store::keys::node(model::fold(deletion.name)));
  auto node = find_removable(call, deletion);
  bool is_gone = !node && node.error().code == Errc::not_found;
  if (is_gone && deletion.force) co_return co_await forget_removed(call, deletion.name);
  if (!node) co_return fail(node.error());
  auto removal = look_at_removal(call, (*node)->value);
  NodeRemovals::Ending ending{false, removal.services, actor_of(call).who};
  if (!deletion.force) {
    CO_TRY_ASSIGN(ending.is_confirmed,
                  co_await context.removals.drain(actor_of(call), deletion.name));
  }
  CO_TRY(co_await unsubscribe_everywhere(call, deletion.name));
  Decision decide = [&]() -> Result<std::optional<Edit>> {
    TRY_ASSIGN(auto now, find_removable(call, deletion));
    return context.removals.removal(*now, ending);
  };
  CO_TRY(co_await context.editor.commit_decided(actor_of(call), decide));
  removal.unconfirmed.clear();
  if (!ending.is_confirmed) removal.unconfirmed = {(*node)->value.name};
  co_return json_answer(removal);
}

}  // namespace

Result<Response> list_nodes(const Call& call) {
  Query query(call.request);
  auto page = page_request(query);
  TRY(query.check());
  return page_of(
      call.snapshot->nodes, page,
      [&](const NodePtr& node) { return matches(page.search, node->value); },
      [&](const NodePtr& node) {
        return json::encode_text(view(node->value, call.context.fleet));
      });
}

Result<Response> get_node(const Call& call) {
  TRY(Query(call.request).check());
  TRY_ASSIGN(auto node, find_node(*call.snapshot, call.param("node")));
  return with_etag(json_answer(view(node->value, call.context.fleet)), node->value.revision);
}

Task<Result<Response>> get_node_live(Call call) {
  CO_TRY(Query(call.request).check());
  CO_TRY_ASSIGN(auto node, find_node(*call.snapshot, call.param("node")));
  AgentAsk ask;
  ask.method = link::kStatusCall;
  auto asking = call.context.ask_agent(node->value.uid, std::move(ask));
  CO_TRY_ASSIGN(auto text, co_await async::on_loop(call.context.domain, std::move(asking)));
  auto status = json::decode_text<link::AgentStatus>(text, json::Mode::lenient);
  if (!status)
    co_return fail(Errc::unavailable, "the agent of node {} answered nonsense: {}",
                   quote(node->value.name), status.error().what);
  co_return json_answer(*status);
}

Task<Result<Response>> patch_node(Call call) {
  CO_TRY(Query(call.request).check());
  Relabelling ask{call.param("node"), {}, {}};
  CO_TRY_ASSIGN(ask.precondition, Precondition::of(call.request));
  CO_TRY_ASSIGN(ask.patch, body_value(call.request));
  if (!ask.patch.is_object()) co_return fail_at("", Errc::invalid, "expected an object");
  auto work = relabel(call, std::move(ask));
  co_return co_await async::on_loop(call.context.domain, std::move(work));
}

Task<Result<Response>> delete_node(Call call) {
  CO_TRY_ASSIGN(auto deletion, Deletion::asked_or_forced(call.request, call.param("node")));
  auto work = deletion.is_dry_run ? preview_removal(call, std::move(deletion))
                                  : remove_node(call, std::move(deletion));
  co_return co_await async::on_loop(call.context.domain, std::move(work));
}

}  // namespace reeve::manager::api
