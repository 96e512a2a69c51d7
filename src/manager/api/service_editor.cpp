#include "manager/api/service_editor.hpp"

#include "base/quote.hpp"
#include "manager/api/kernel_rules.hpp"
#include "manager/kernel_services.hpp"
#include "manager/keyed_locks.hpp"
#include "model/name.hpp"
#include "store/catalog/keys.hpp"

namespace reeve::manager::api {
namespace {

std::optional<std::uint64_t> revision_of(const ServicePtr& service) {
  if (!service) return std::nullopt;
  return service->head().revision;
}

Result<std::optional<Edit>> decide(const Call& call, const ServicePtr& current,
                                   const ServiceChange& change) {
  // Before anything is said about one that the caller may not see.
  if (is_kernel_name(change.name))
    TRY(find_service(call, *call.context.catalog.snapshot(), change.name));
  auto what = fmt::format("service {}", quote(change.name));
  TRY(change.precondition.check(what, revision_of(current)));
  TRY_ASSIGN(auto wanted, change.decide(current.get()));
  if (current) TRY(check_editable(*current, wanted));
  return plan_service(current.get(), std::move(wanted), change.terms);
}

}  // namespace

ServicePtr service_named(const store::Snapshot& snapshot, const std::string& name) {
  const auto* found = snapshot.services.find(model::fold(name));
  return found ? *found : nullptr;
}

Result<ServicePtr> find_service(const Call& call, const store::Snapshot& snapshot,
                                const std::string& name) {
  auto found = service_named(snapshot, name);
  if (!found || !may_see(call.caller, *found))
    return fail(Errc::not_found, "there is no service {}", quote(name));
  return found;
}

Task<Result<ServiceOutcome>> edit_service(Call call, ServiceChange change) {
  const auto& context = call.context;
  auto actor = actor_of(call);
  change.terms.who = actor.who;
  auto held = co_await context.locks.hold(store::keys::service(model::fold(change.name)));
  bool is_new = false;
  Decision decision = [&]() -> Result<std::optional<Edit>> {
    auto current = service_named(*context.catalog.snapshot(), change.name);
    is_new = !current;
    return decide(call, current, change);
  };
  CO_TRY(co_await context.editor.commit_decided(actor, decision));
  CO_TRY_ASSIGN(auto now, find_service(call, *context.catalog.snapshot(), change.name));
  co_return ServiceOutcome{now, is_new};
}

}  // namespace reeve::manager::api
