// /api/v1/services/{service}/subscribe and /unsubscribe: the entries of selectors, one at a time.
// The service's own PATCH replaces all of its subscriptions, so two people who each send back what
// they read would undo each other.
#include "base/quote.hpp"
#include "manager/api/answers.hpp"
#include "manager/api/body.hpp"
#include "manager/api/handlers.hpp"
#include "manager/api/service_editor.hpp"
#include "model/subscriber.hpp"
#include "net/query.hpp"

#include <algorithm>
#include <functional>

namespace reeve::manager::api {
namespace {

using Selector = std::map<std::string, std::string>;
using Entries = std::vector<model::Subscription>;

auto find_entry(Entries& entries, const Selector& selector) {
  return std::ranges::find_if(entries,
                              [&](const auto& entry) { return entry.selector == selector; });
}

using EditEntries = std::function<Result<>(Entries&)>;

Task<Result<Response>> edit_entries(Call call, const char* action, EditEntries edit) {
  ServiceChange change;
  change.name = call.param("service");
  change.terms = {action, call.context.clock.wall(), false};
  change.decide = [&](const store::ServiceEntry* before) -> Result<ServiceParts> {
    if (!before) return fail(Errc::not_found, "there is no service {}", quote(change.name));
    auto parts = parts_of(*before);
    TRY(edit(parts.subscriptions.subscriptions));
    return parts;
  };
  auto work = edit_service(call, change);
  CO_TRY_ASSIGN(auto outcome, co_await async::on_loop(call.context.domain, std::move(work)));
  const auto& service = *outcome.service;
  co_return with_etag(json_response(service.encoded()), service.head().revision);
}

}  // namespace

Task<Result<Response>> subscribe_selector(Call call) {
  CO_TRY(Query(call.request).check());
  CO_TRY_ASSIGN(auto asked, body<model::SelectorRequest>(call.request));
  EditEntries put = [&](Entries& entries) -> Result<> {
    auto found = find_entry(entries, asked.selector);
    if (found == entries.end()) found = entries.insert(found, {{}, asked.selector, {}});
    found->outputs = asked.outputs;
    return {};
  };
  co_return co_await edit_entries(call, "subscriber.put", put);
}

Task<Result<Response>> unsubscribe_selector(Call call) {
  CO_TRY(Query(call.request).check());
  CO_TRY_ASSIGN(auto asked, body<model::SelectorChoice>(call.request));
  EditEntries remove = [&](Entries& entries) -> Result<> {
    auto found = find_entry(entries, asked.selector);
    if (found == entries.end())
      return fail_at("/selector", Errc::not_found,
                     "no subscription of service {} has this selector",
                     quote(call.param("service")));
    entries.erase(found);
    return {};
  };
  co_return co_await edit_entries(call, "subscriber.delete", remove);
}

}  // namespace reeve::manager::api
