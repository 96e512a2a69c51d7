// /api/v1/services/{service}/push and /api/v1/operations
#include "base/quote.hpp"
#include "manager/api/answers.hpp"
#include "manager/api/body.hpp"
#include "manager/api/handlers.hpp"
#include "manager/api/paging.hpp"
#include "manager/api/pushes.hpp"
#include "manager/api/service_editor.hpp"
#include "manager/api/types.hpp"
#include "manager/hold.hpp"
#include "model/name.hpp"
#include "store/catalog/subscribers.hpp"

#include <map>

namespace reeve::manager::api {
namespace {

// All subscribers, or those asked for; each that is none is a fault.
Result<std::vector<std::string>> targets_of(const store::ServiceEntry& service,
                                            const store::Snapshot& snapshot,
                                            const std::optional<std::vector<std::string>>& asked) {
  std::map<std::string, std::string> names;  // by folded name
  for (const auto& subscriber : store::subscribers_of(service, snapshot))
    names.emplace(model::fold(subscriber.node), subscriber.node);
  std::vector<std::string> targets;
  if (!asked) {
    for (const auto& [folded, name] : names) targets.push_back(name);
    return targets;
  }
  json::Faults faults;
  json::Path root;
  auto nodes = root / "nodes";
  for (std::size_t i = 0; i < asked->size(); ++i) {
    auto at = names.find(model::fold((*asked)[i]));
    if (at == names.end())
      faults.add(nodes / i, fmt::format("node {} is no subscriber of service \"{}\"",
                                        quote((*asked)[i]), service.head().name));
    else if (std::ranges::find(targets, at->second) == targets.end())
      targets.push_back(at->second);
  }
  if (!faults.empty()) return fail(error_of(faults.take()));
  return targets;
}

Result<> check_push(const store::ServiceEntry& service, const PushRequest& asked) {
  if (asked.revision && *asked.revision != service.head().revision)
    return fail_at("/revision", Errc::unsupported,
                   "only the newest revision, {}, can be pushed; got {}", service.head().revision,
                   *asked.revision);
  bool is_empty = service.head().had_eligible && service.eligible_count() == 0;
  if (is_empty && !asked.force)
    return fail(
        Errc::would_be_empty,
        "service \"{}\" has no instance that takes traffic; nothing was pushed, force it if "
        "that is meant",
        service.head().name);
  return {};
}

Task<Result<Response>> push(Call call, PushRequest asked) {
  auto snapshot = call.context.catalog.snapshot();
  CO_TRY_ASSIGN(auto service, find_service(call, *snapshot, call.param("service")));
  CO_TRY(check_push(*service, asked));
  CO_TRY(call.context.hold.may_push());
  CO_TRY_ASSIGN(auto targets, targets_of(*service, *snapshot, asked.nodes));
  CO_TRY_ASSIGN(auto operation,
                co_await call.context.pushes.start(actor_of(call), service, std::move(targets)));
  co_return json_answer(OperationAnswer{std::move(operation)}, 202);
}

Result<model::Operation> find_operation(const Call& call) {
  const auto& uid = call.param("operation");
  if (const auto* running = call.context.pushes.running(uid)) return *running;
  auto snapshot = call.context.catalog.snapshot();
  const auto* found = snapshot->operations.find(uid);
  if (!found) return fail(Errc::not_found, "there is no operation {}", quote(uid));
  return (*found)->value;
}

Task<Result<Response>> cancel(Call call) {
  CO_TRY_ASSIGN(auto operation, find_operation(call));
  CO_TRY_ASSIGN(auto cancelled, co_await call.context.pushes.cancel(actor_of(call), operation.uid));
  co_return json_answer(OperationAnswer{std::move(cancelled)});
}

}  // namespace

Task<Result<Response>> push_service(Call call) {
  Query query(call.request);
  bool force = query.flag("force");
  CO_TRY(query.check());
  CO_TRY_ASSIGN(auto asked, body_or_default<PushRequest>(call.request));
  asked.force |= force;
  auto work = push(call, std::move(asked));
  co_return co_await async::on_loop(call.context.domain, std::move(work));
}

Result<Response> list_operations(const Call& call) {
  Query query(call.request);
  auto page = page_request(query);
  TRY(query.check());
  using DocumentPtr = std::shared_ptr<const store::Document<model::Operation>>;
  auto matches = [&](const DocumentPtr& document) {
    const auto& operation = document->value;
    return page.search.matches({operation.kind, operation.object, operation.by});
  };
  auto text = [&](const DocumentPtr& document) {
    const auto* running = call.context.pushes.running(document->value.uid);
    return json::encode_text(running ? *running : document->value);
  };
  return newest_page_of(call.snapshot->operations, page, matches, text);
}

Result<Response> get_operation(const Call& call) {
  TRY(Query(call.request).check());
  TRY_ASSIGN(auto operation, find_operation(call));
  return json_answer(OperationAnswer{std::move(operation)});
}

Task<Result<Response>> cancel_operation(Call call) {
  CO_TRY(Query(call.request).check());
  auto work = cancel(call);
  co_return co_await async::on_loop(call.context.domain, std::move(work));
}

}  // namespace reeve::manager::api
