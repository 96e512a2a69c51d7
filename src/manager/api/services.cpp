// /api/v1/services
#include "base/quote.hpp"
#include "json/patch.hpp"
#include "manager/api/answers.hpp"
#include "manager/api/body.hpp"
#include "manager/api/deletion.hpp"
#include "manager/api/handlers.hpp"
#include "manager/api/kernel_rules.hpp"
#include "manager/api/paging.hpp"
#include "manager/api/path_name.hpp"
#include "manager/api/service_editor.hpp"
#include "manager/api/types.hpp"
#include "manager/keyed_locks.hpp"
#include "manager/uid.hpp"
#include "model/name.hpp"
#include "store/catalog/keys.hpp"
#include "store/catalog/subscribers.hpp"

#include <fmt/format.h>

#include <set>

namespace reeve::manager::api {
namespace {

Response service_answer(const store::ServiceEntry& service, int status = 200) {
  return with_etag(json_response(service.encoded(), status), service.head().revision);
}

// Those of the operator as asked; those that others brought in stay as they are.
Result<std::vector<model::InstanceSpec>> merged_instances(
    const store::ServiceEntry* before, const std::vector<model::InstanceRequest>& asked) {
  std::vector<model::InstanceSpec> others;
  if (before)
    std::ranges::copy_if(before->instances(), std::back_inserter(others), [](const auto& instance) {
      return instance.source != model::Source::operator_;
    });
  std::set<std::string> others_ids;
  for (const auto& instance : others) others_ids.insert(instance.id());
  std::vector<model::InstanceSpec> merged;
  merged.reserve(asked.size() + others.size());
  for (const auto& instance : asked)
    if (others_ids.empty() || !others_ids.contains(instance.id())) merged.push_back(instance);
  std::ranges::move(others, std::back_inserter(merged));
  if (merged.size() > model::kMostInstances)
    return fail_at("/instances", Errc::invalid,
                   "expected at most {} instances with those of programs, got {}",
                   model::kMostInstances, merged.size());
  return merged;
}

// Sets a status that differs from the one shown, so that an answer can be sent back: an instance
// that somebody else holds does not get the operator's hold beside it.
void set_statuses(ServiceParts& parts, const std::vector<model::InstanceRequest>& asked,
                  const std::string& who, WallTime now) {
  for (const auto& instance : asked) {
    if (!instance.status) continue;
    if (*instance.status == model::Status::online && parts.live.held.empty()) continue;
    auto id = instance.id();
    bool is_offline = !store::holds_of(parts.live.held, id).empty();
    if (is_offline != (*instance.status == model::Status::offline))
      set_status(parts, id, *instance.status, who, now);
  }
}

ServiceParts new_parts(const std::string& name, WallTime now) {
  ServiceParts parts;
  parts.head.uid = new_uid(now);
  parts.head.name = name;
  parts.head.created = now;
  return parts;
}

Result<ServiceParts> parts_as_asked(const store::ServiceEntry* before, const std::string& name,
                                    const model::ServiceRequest& asked, const std::string& who,
                                    WallTime now) {
  auto parts = before ? parts_of(*before) : new_parts(name, now);
  static_cast<model::ServiceSpec&>(parts.head) = asked;
  TRY_ASSIGN(parts.content.instances, merged_instances(before, asked.instances));
  set_statuses(parts, asked.instances, who, now);
  if (asked.subscriptions) parts.subscriptions.subscriptions = *asked.subscriptions;
  return parts;
}

// What a PATCH asks for: the patch laid over what GET shows. Without instances of its own it leaves
// their statuses alone.
Result<model::ServiceRequest> patched(const store::ServiceEntry& before, const json::Value& patch) {
  TRY_ASSIGN(auto shown, json::parse(*before.encoded()));
  auto merged = json::merge_patch(std::move(shown), patch);
  TRY_ASSIGN(auto asked, json::decode<model::ServiceRequest>(merged, json::Mode::strict));
  if (!patch.as_object().contains("instances"))
    for (auto& instance : asked.instances) instance.status.reset();
  return asked;
}

// A PUT that does not say how the service is pushed leaves it at that: nobody means to push to
// every machine what waits for a canary by leaving a word out.
Result<bool> says_push(const net::Request& request) {
  TRY_ASSIGN(auto value, body_value(request));
  return value.is_object() && value.get_object().contains("push");
}

Result<bool> force_of(const net::Request& request) {
  Query query(request);
  bool force = query.flag("force");
  TRY(query.check());
  return force;
}

std::vector<std::string> subscriber_names(const store::ServiceEntry& service,
                                          const store::Snapshot& snapshot) {
  std::vector<std::string> names;
  for (const auto& subscriber : store::subscribers_of(service, snapshot))
    names.emplace_back(subscriber.node);
  // They shall remove its files, and would never hear of that.
  for (const auto& leaving : store::leaving_of(service, snapshot))
    names.push_back(fmt::format("{} (to remove its file)", leaving.node));
  return names;
}

Task<Result<>> remove_service(Call call, Deletion deletion) {
  const auto& context = call.context;
  auto held = co_await context.locks.hold(store::keys::service(model::fold(deletion.name)));
  Decision decide = [&]() -> Result<std::optional<Edit>> {
    auto snapshot = context.catalog.snapshot();
    TRY_ASSIGN(auto service, find_service(call, *snapshot, deletion.name));
    TRY(check_deletable(*service));
    auto what = fmt::format("service {}", quote(deletion.name));
    TRY(deletion.check(what, service->head().revision, "subscriber",
                       subscriber_names(*service, *snapshot)));
    return plan_removal(*service);
  };
  co_return co_await context.editor.commit_decided(actor_of(call), decide);
}

}  // namespace

Result<Response> list_services(const Call& call) {
  Query query(call.request);
  auto page = page_request(query);
  auto set = query.text("set");
  TRY(query.check());
  auto matches = [&](const ServicePtr& service) {
    if (!may_see(call.caller, *service) || (set && service->head().set != set)) return false;
    return page.search.matches({service->head().name, service->head().description});
  };
  return page_of(call.snapshot->services, page, matches,
                 [](const ServicePtr& service) { return std::string_view(*service->encoded()); });
}

Result<Response> get_service(const Call& call) {
  TRY(Query(call.request).check());
  TRY_ASSIGN(auto service, find_service(call, *call.snapshot, call.param("service")));
  return service_answer(*service);
}

Task<Result<Response>> put_service(Call call) {
  ServiceChange change;
  change.name = call.param("service");
  CO_TRY_ASSIGN(change.precondition, Precondition::of(call.request));
  CO_TRY_ASSIGN(bool force, force_of(call.request));
  CO_TRY_ASSIGN(auto asked, body<model::ServiceRequest>(call.request));
  CO_TRY(check_names(change.name, asked.name));
  auto now = call.context.clock.wall();
  change.terms = {"service.put", now, force || asked.force};
  change.decide = [&](const store::ServiceEntry* before) -> Result<ServiceParts> {
    TRY_ASSIGN(auto parts, parts_as_asked(before, change.name, asked, actor_of(call).who, now));
    if (before && before->head().push == model::Push::manual) {
      TRY_ASSIGN(bool is_said, says_push(call.request));
      if (!is_said) parts.head.push = model::Push::manual;
    }
    return parts;
  };
  auto edit = edit_service(call, change);
  CO_TRY_ASSIGN(auto outcome, co_await async::on_loop(call.context.domain, std::move(edit)));
  co_return service_answer(*outcome.service, outcome.is_new ? 201 : 200);
}

Task<Result<Response>> patch_service(Call call) {
  ServiceChange change;
  change.name = call.param("service");
  CO_TRY_ASSIGN(change.precondition, Precondition::of(call.request));
  CO_TRY_ASSIGN(bool force, force_of(call.request));
  CO_TRY_ASSIGN(auto patch, body_value(call.request));
  if (!patch.is_object())
    co_return fail_at("", Errc::invalid, "expected an object, got {}",
                      json::serialize(patch).substr(0, 60));
  auto now = call.context.clock.wall();
  const auto* asks_force = patch.as_object().if_contains("force");
  change.terms = {"service.patch", now, force || (asks_force && *asks_force == json::Value(true))};
  change.decide = [&](const store::ServiceEntry* before) -> Result<ServiceParts> {
    if (!before) return fail(Errc::not_found, "there is no service {}", quote(change.name));
    TRY_ASSIGN(auto asked, patched(*before, patch));
    TRY(check_names(change.name, asked.name));
    return parts_as_asked(before, change.name, asked, actor_of(call).who, now);
  };
  auto edit = edit_service(call, change);
  CO_TRY_ASSIGN(auto outcome, co_await async::on_loop(call.context.domain, std::move(edit)));
  co_return service_answer(*outcome.service);
}

Task<Result<Response>> delete_service(Call call) {
  CO_TRY_ASSIGN(auto deletion, Deletion::asked(call.request, call.param("service")));
  if (deletion.is_dry_run) {
    CO_TRY_ASSIGN(auto service, find_service(call, *call.snapshot, deletion.name));
    CO_TRY(check_deletable(*service));
    co_return json_answer(DeletePreview{"service/" + service->head().name,
                                        subscriber_names(*service, *call.snapshot)});
  }
  auto work = remove_service(call, std::move(deletion));
  CO_TRY(co_await async::on_loop(call.context.domain, std::move(work)));
  co_return no_content();
}

}  // namespace reeve::manager::api
