// /api/v1/services/{service}/push and /rollback
#include "base/quote.hpp"
#include "manager/api/answers.hpp"
#include "manager/api/body.hpp"
#include "manager/api/handlers.hpp"
#include "manager/api/kept_revisions.hpp"
#include "manager/api/kernel_rules.hpp"
#include "manager/api/precondition.hpp"
#include "manager/api/push_operations.hpp"
#include "manager/api/types.hpp"
#include "manager/hold.hpp"
#include "manager/keyed_locks.hpp"
#include "model/name.hpp"
#include "net/query.hpp"
#include "store/catalog/keys.hpp"
#include "store/catalog/subscribers.hpp"

#include <algorithm>
#include <map>
#include <set>

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
  std::set<std::string> taken;  // folded names
  json::Faults faults;
  json::Path root;
  auto nodes = root / "nodes";
  for (std::size_t i = 0; i < asked->size(); ++i) {
    auto folded = model::fold((*asked)[i]);
    if (taken.contains(folded)) continue;
    auto at = names.find(folded);
    if (at == names.end())
      faults.add(nodes / i, fmt::format("node {} is no subscriber of service \"{}\"",
                                        quote((*asked)[i]), service.head().name));
    else
      targets.push_back(at->second);
    taken.insert(std::move(folded));
  }
  if (!faults.empty()) return fail(error_of(faults.take()));
  return targets;
}

// Domain loop, holding the service.
Task<Result<model::Operation>> push_once(Call call, std::string kind, PushRequest asked) {
  auto snapshot = call.context.catalog.snapshot();
  PushOperations::Order order;
  order.kind = std::move(kind);
  CO_TRY(call.context.hold.may_push());
  CO_TRY_ASSIGN(order.service, find_service(call, *snapshot, call.param("service")));
  CO_TRY_ASSIGN(auto precondition, Precondition::of(call.request));
  CO_TRY(precondition.check(fmt::format("service {}", quote(order.service->head().name)),
                            order.service->head().revision));
  CO_TRY_ASSIGN(order.targets, targets_of(*order.service, *snapshot, asked.nodes));
  order.revision = asked.revision.value_or(order.service->head().revision);
  PushTerms terms;
  CO_TRY_ASSIGN(terms.kept, co_await read_revision(call, order.service, order.revision));
  if (asked.nodes) terms.nodes = order.targets;
  if (asked.nodes) order.audit["nodes"] = json::Value(json::encode(order.targets));
  if (asked.force) order.audit["force"] = true;
  terms.force = asked.force;
  terms.who = actor_of(call).who;
  terms.now = call.context.clock.wall();
  CO_TRY_ASSIGN(order.edit, plan_push(*order.service, terms));
  if (!order.edit.writes.empty()) CO_TRY(check_pushable(*order.service));
  auto operation = co_await call.context.pushes.start(actor_of(call), std::move(order));
  co_return operation;
}

Task<Result<Response>> push(Call call, std::string kind, PushRequest asked) {
  constexpr int kMostTries = 8;
  auto held =
      co_await call.context.locks.hold(store::keys::service(model::fold(call.param("service"))));
  for (int tries = 1;; ++tries) {
    auto operation = co_await push_once(call, kind, asked);
    if (operation) co_return json_answer(OperationAnswer{std::move(*operation)}, 202);
    bool is_worth_another = operation.error().code == Errc::conflict && tries < kMostTries;
    if (!is_worth_another) co_return fail(operation.error());
  }
}

Task<Result<Response>> push_as_asked(Call call, std::string kind, PushRequest asked) {
  Query query(call.request);
  asked.force |= query.flag("force");
  CO_TRY(query.check());
  auto work = push(call, std::move(kind), std::move(asked));
  co_return co_await async::on_loop(call.context.domain, std::move(work));
}

}  // namespace

Task<Result<Response>> push_service(Call call) {
  CO_TRY_ASSIGN(auto asked, body_or_default<PushRequest>(call.request));
  auto work = push_as_asked(call, "push", std::move(asked));
  co_return co_await std::move(work);
}

Task<Result<Response>> rollback_service(Call call) {
  CO_TRY_ASSIGN(auto asked, body<RollbackRequest>(call.request));
  auto work =
      push_as_asked(call, "rollback", PushRequest{asked.nodes, asked.revision, asked.force});
  co_return co_await std::move(work);
}

}  // namespace reeve::manager::api
