// /api/v1/services/{service}/subscribe and /unsubscribe: the entries of selectors, one at a time.
// The service's own PATCH replaces all of its subscriptions, so two people who each send back what
// they read would undo each other.
#include "base/quote.hpp"
#include "manager/api/answers.hpp"
#include "manager/api/body.hpp"
#include "manager/api/handlers.hpp"
#include "manager/api/query.hpp"
#include "manager/api/service_editor.hpp"
#include "model/subscriber.hpp"

#include <algorithm>

namespace reeve::manager::api {
namespace {

using Selector = std::map<std::string, std::string>;

Result<ServiceParts> parts_to_edit(const Call& call, const store::ServiceEntry* before) {
  if (!before) return fail(Errc::not_found, "there is no service {}", quote(call.param("service")));
  return parts_of(*before);
}

auto find_entry(std::vector<model::Subscription>& entries, const Selector& selector) {
  return std::ranges::find_if(entries,
                              [&](const auto& entry) { return entry.selector == selector; });
}

ServiceChange change_of(const Call& call, const char* action) {
  ServiceChange change;
  change.name = call.param("service");
  change.terms = {action, call.context.clock.wall(), false};
  return change;
}

Task<Result<Response>> carry_out(Call call, ServiceChange change) {
  auto edit = edit_service(call, std::move(change));
  CO_TRY_ASSIGN(auto outcome, co_await async::on_loop(call.context.domain, std::move(edit)));
  const auto& service = *outcome.service;
  co_return with_etag(json_response(service.encoded()), service.head().revision);
}

}  // namespace

Task<Result<Response>> subscribe_selector(Call call) {
  CO_TRY(Query(call.request).check());
  CO_TRY_ASSIGN(auto asked, body<model::SelectorRequest>(call.request));
  auto change = change_of(call, "subscriber.put");
  change.decide = [&](const store::ServiceEntry* before) -> Result<ServiceParts> {
    TRY_ASSIGN(auto parts, parts_to_edit(call, before));
    auto& entries = parts.subscriptions.subscriptions;
    auto found = find_entry(entries, asked.selector);
    if (found == entries.end()) {
      entries.emplace_back();
      found = std::prev(entries.end());
      found->selector = asked.selector;
    }
    found->outputs = asked.outputs;
    return parts;
  };
  co_return co_await carry_out(call, std::move(change));
}

Task<Result<Response>> unsubscribe_selector(Call call) {
  CO_TRY(Query(call.request).check());
  CO_TRY_ASSIGN(auto asked, body<model::SelectorChoice>(call.request));
  auto change = change_of(call, "subscriber.delete");
  change.decide = [&](const store::ServiceEntry* before) -> Result<ServiceParts> {
    TRY_ASSIGN(auto parts, parts_to_edit(call, before));
    auto& entries = parts.subscriptions.subscriptions;
    auto found = find_entry(entries, asked.selector);
    if (found == entries.end())
      return fail_at("/selector", Errc::not_found,
                     "no subscription of service {} has this selector", quote(before->head().name));
    entries.erase(found);
    return parts;
  };
  co_return co_await carry_out(call, std::move(change));
}

}  // namespace reeve::manager::api
