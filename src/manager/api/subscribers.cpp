// /api/v1/services/{service}/subscribers
#include "base/quote.hpp"
#include "manager/api/answers.hpp"
#include "manager/api/body.hpp"
#include "manager/api/handlers.hpp"
#include "manager/api/paging.hpp"
#include "manager/api/service_editor.hpp"
#include "manager/api/subscriber_view.hpp"
#include "manager/api/types.hpp"
#include "model/name.hpp"

namespace reeve::manager::api {
namespace {

Result<model::Subscriber> find_subscriber(const Call& call, const store::ServiceEntry& service,
                                          const store::Snapshot& snapshot) {
  const auto& node = call.param("node");
  auto folded = model::fold(node);
  for (const auto& subscriber : store::subscribers_of(service, snapshot))
    if (model::fold(subscriber.node) == folded)
      return subscriber_view(service, subscriber, call.context.fleet);
  return fail(Errc::not_found, "node {} is no subscriber of service \"{}\"", quote(node),
              service.head().name);
}

bool is_taken_by_selector(const ServiceParts& parts, const model::StoredNode& node) {
  return std::ranges::any_of(parts.subscriptions.subscriptions, [&](const auto& entry) {
    return entry.selector && model::matches(*entry.selector, node.labels);
  });
}

bool has_own_entry(const ServiceParts& parts, const std::string& node,
                   const std::vector<model::Output>& outputs) {
  auto folded = model::fold(node);
  return std::ranges::any_of(parts.subscriptions.subscriptions, [&](const auto& entry) {
    return entry.nodes && entry.outputs == outputs &&
           std::ranges::any_of(*entry.nodes,
                               [&](const auto& n) { return model::fold(n) == folded; });
  });
}

void forget_leaving(ServiceParts& parts, const std::string& node) {
  auto& leaving = parts.subscriptions.leaving;
  auto found = model::find_leaving(leaving, node);
  if (found != leaving.end()) leaving.erase(found);
}

// Domain loop. Whether the entry is new is known to the decision alone.
struct Subscribe {
  std::string node;
  std::vector<model::Output> outputs;
  bool is_new = false;

  Result<ServiceParts> operator()(const Call& call, const store::ServiceEntry* before) {
    auto snapshot = call.context.catalog.snapshot();
    if (!before)
      return fail(Errc::not_found, "there is no service {}", quote(call.param("service")));
    const auto* known = snapshot->nodes.find(model::fold(node));
    if (!known)
      return fail(Errc::not_found,
                  "no node {} has joined; `reeve join-token create` makes the token with which "
                  "`reeve agent --join` brings it in",
                  quote(node));
    const auto& stored = (*known)->value;
    if (stored.leaving) return fail(Errc::conflict, "node {} is being removed", quote(node));
    auto parts = parts_of(*before);
    is_new = !model::outputs_for(parts.subscriptions.subscriptions, node, stored.labels);
    if (!has_own_entry(parts, node, outputs))
      model::set_node_outputs(parts.subscriptions.subscriptions, stored.name, &outputs);
    forget_leaving(parts, stored.name);
    return parts;
  }
};

// The wish stands in the store until the node's agent has carried it out: manager/departures.hpp.
void leave(ServiceParts& parts, const store::ServiceEntry& before, const model::StoredNode& node) {
  const auto* had = model::outputs_for(before.subscriptions(), node.name, node.labels);
  bool stays = model::outputs_for(parts.subscriptions.subscriptions, node.name, node.labels);
  if (!had || stays) return;
  forget_leaving(parts, node.name);
  model::Subscription entry;
  entry.nodes = {node.name};
  entry.outputs = *had;
  parts.subscriptions.leaving.push_back(std::move(entry));
}

Result<ServiceParts> unsubscribe(const Call& call, const store::ServiceEntry* before,
                                 bool remove_file) {
  const auto& node = call.param("node");
  if (!before) return fail(Errc::not_found, "there is no service {}", quote(call.param("service")));
  auto parts = parts_of(*before);
  auto snapshot = call.context.catalog.snapshot();
  const auto* known = snapshot->nodes.find(model::fold(node));
  if (model::set_node_outputs(parts.subscriptions.subscriptions, node, nullptr)) {
    if (remove_file && known) leave(parts, *before, (*known)->value);
    return parts;
  }
  if (known && is_taken_by_selector(parts, (*known)->value))
    return fail(Errc::in_use,
                "node {} subscribes to service \"{}\" by a selector; change the service's "
                "subscriptions or the node's labels",
                quote(node), before->head().name);
  return fail(Errc::not_found, "node {} is no subscriber of service \"{}\"", quote(node),
              before->head().name);
}

Task<Result<Response>> subscribe(Call call, ServiceChange change, Subscribe subscribe) {
  change.decide = [&](const store::ServiceEntry* before) { return subscribe(call, before); };
  CO_TRY_ASSIGN(auto outcome, co_await edit_service(call, change));
  auto snapshot = call.context.catalog.snapshot();
  CO_TRY_ASSIGN(auto subscriber, find_subscriber(call, *outcome.service, *snapshot));
  co_return json_answer(subscriber, subscribe.is_new ? 201 : 200);
}

}  // namespace

Result<Response> list_subscribers(const Call& call) {
  Query query(call.request);
  auto request = page_request(query);
  TRY(query.check());
  TRY_ASSIGN(auto service, find_service(call, *call.snapshot, call.param("service")));
  Page page(request.limit);
  for (const auto& subscriber : store::subscribers_of(*service, *call.snapshot)) {
    auto key = model::fold(subscriber.node);
    bool is_before = request.after && key <= *request.after;
    if (is_before || !request.search.matches({subscriber.node})) continue;
    if (!page.has_room()) {
      page.leave_rest();
      break;
    }
    page.add(key, json::encode_text(subscriber_view(*service, subscriber, call.context.fleet)));
  }
  return std::move(page).response();
}

Result<Response> get_subscriber(const Call& call) {
  TRY(Query(call.request).check());
  TRY_ASSIGN(auto service, find_service(call, *call.snapshot, call.param("service")));
  TRY_ASSIGN(auto subscriber, find_subscriber(call, *service, *call.snapshot));
  return json_answer(subscriber);
}

Task<Result<Response>> put_subscriber(Call call) {
  CO_TRY(Query(call.request).check());
  CO_TRY_ASSIGN(auto asked, body_or_default<model::SubscriberRequest>(call.request));
  ServiceChange change;
  change.name = call.param("service");
  change.terms = {"subscriber.put", call.context.clock.wall(), false};
  auto work =
      subscribe(call, std::move(change), Subscribe{call.param("node"), asked.outputs, false});
  co_return co_await async::on_loop(call.context.domain, std::move(work));
}

Task<Result<Response>> delete_subscriber(Call call) {
  Query query(call.request);
  bool remove_file = query.flag("remove_file");
  CO_TRY(query.check());
  ServiceChange change;
  change.name = call.param("service");
  change.terms = {"subscriber.delete", call.context.clock.wall(), false};
  change.decide = [&](const store::ServiceEntry* before) {
    return unsubscribe(call, before, remove_file);
  };
  auto edit = edit_service(call, change);
  CO_TRY_ASSIGN(auto outcome, co_await async::on_loop(call.context.domain, std::move(edit)));
  SubscriberRemoval removal;
  auto leaving = model::find_leaving(outcome.service->leaving(), call.param("node"));
  if (leaving == outcome.service->leaving().end()) co_return no_content();
  removal.unconfirmed = *leaving->nodes;
  co_return json_answer(removal);
}

}  // namespace reeve::manager::api
