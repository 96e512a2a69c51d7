// /api/v1/nodes; how one is removed stands in node_removal.cpp.
#include "base/quote.hpp"
#include "json/patch.hpp"
#include "link/agent_status.hpp"
#include "manager/api/answers.hpp"
#include "manager/api/body.hpp"
#include "manager/api/handlers.hpp"
#include "manager/api/paging.hpp"
#include "manager/api/types.hpp"
#include "manager/keyed_locks.hpp"
#include "manager/node_index.hpp"
#include "model/name.hpp"
#include "store/catalog/keys.hpp"

namespace reeve::manager::api {
namespace {

using NodePtr = NodeIndex::NodePtr;

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

bool matches(const Search& search, const model::StoredNode& node) {
  if (search.is_empty()) return true;
  std::string labels;
  for (const auto& [key, value] : node.labels) labels += key + '=' + value + ' ';
  return search.matches({node.name, labels});
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

}  // namespace reeve::manager::api
