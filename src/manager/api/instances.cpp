// /api/v1/services/{service}/instances
#include "base/quote.hpp"
#include "json/patch.hpp"
#include "manager/api/answers.hpp"
#include "manager/api/body.hpp"
#include "manager/api/handlers.hpp"
#include "manager/api/paging.hpp"
#include "manager/api/service_editor.hpp"
#include "net/address.hpp"

#include <algorithm>

namespace reeve::manager::api {
namespace {

using Address = std::pair<IpAddress, std::uint16_t>;

// "10.0.0.1:80", "[2001:db8::1]:80" in any spelling of the address.
Result<Address> parse_id(const std::string& text) {
  TRY_ASSIGN(auto endpoint, net::parse_endpoint(text),
             "an instance is named by its IP:PORT, as 10.0.0.1:8820");
  TRY_ASSIGN(auto ip, IpAddress::parse(endpoint.host), "in instance {}", quote(text));
  if (endpoint.port == 0)
    return fail(Errc::invalid, "in instance {}: expected a port from 1 to 65535", quote(text));
  return Address(ip, endpoint.port);
}

std::string text_of(const Address& address) { return endpoint_text(address.first, address.second); }

std::vector<model::InstanceSpec>::iterator find_in(std::vector<model::InstanceSpec>& instances,
                                                   const Address& address) {
  return std::ranges::find_if(instances, [&](const auto& instance) {
    return instance.port == address.second && instance.ip == address.first;
  });
}

model::Instance shown(const store::ServiceEntry& service, const model::InstanceSpec& spec) {
  model::Instance instance;
  static_cast<model::InstanceSpec&>(instance) = spec;
  instance.holds = store::holds_of(service.held(), spec.id());
  if (!instance.holds.empty()) instance.status = model::Status::offline;
  return instance;
}

const model::InstanceSpec* find_in(const std::vector<model::InstanceSpec>& instances,
                                   const Address& address) {
  for (const auto& spec : instances)
    if (spec.port == address.second && spec.ip == address.first) return &spec;
  return nullptr;
}

// One that an edit has removed is still in the lists of whom the edit was not pushed to.
const model::InstanceSpec* find_pushed(const store::ServiceEntry& service, const Address& address) {
  for (const auto& content : service.contents_in_use())
    if (const auto* spec = find_in(content->value.instances, address)) return spec;
  return nullptr;
}

Result<model::Instance> find_instance(const store::ServiceEntry& service, const Address& address) {
  if (const auto* spec = find_in(service.instances(), address)) return shown(service, *spec);
  if (const auto* spec = find_pushed(service, address)) return shown(service, *spec);
  return fail(Errc::not_found, "service \"{}\" has no instance {}", service.head().name,
              text_of(address));
}

bool matches(const Search& search, const model::InstanceSpec& instance) {
  if (search.is_empty()) return true;
  std::string text = instance.id();
  for (const auto& [key, value] : instance.labels) text += ' ' + key + '=' + value;
  return search.matches({text});
}

// What is asked of one instance, from its path and body.
struct InstanceAsk {
  std::string service;
  Address address;
  json::Value patch;  // laid over what stands, or over the address alone
  bool is_put = false;
  bool is_new = false;  // set by the decision
  std::string who;
  WallTime now{};
};

Result<model::InstanceRequest> wanted_instance(const InstanceAsk& ask,
                                               const std::optional<model::Instance>& now) {
  json::Value base = json::Object{{"ip", to_text(ask.address.first)}, {"port", ask.address.second}};
  if (now && !ask.is_put) base = json::encode(*now);
  auto merged = json::merge_patch(std::move(base), ask.patch);
  TRY_ASSIGN(auto wanted, json::decode<model::InstanceRequest>(merged, json::Mode::strict));
  if (Address(wanted.ip, wanted.port) != ask.address)
    return fail_at(wanted.ip == ask.address.first ? "/port" : "/ip", Errc::invalid,
                   "expected the instance in the path, {}, got {}", text_of(ask.address),
                   wanted.id());
  if (!ask.is_put && !ask.patch.as_object().contains("status")) wanted.status.reset();
  return wanted;
}

Failure only_pushed(const store::ServiceEntry& service, const Address& address,
                    std::string_view advice) {
  return fail(
      Errc::conflict,
      "instance {} is not in the newest revision of service \"{}\", only in what was pushed "
      "before: {}",
      text_of(address), service.head().name, advice);
}

// Of an instance that is only in what was pushed there is nothing to edit but its live state.
Result<ServiceParts> with_live_state(const InstanceAsk& ask, const store::ServiceEntry& before,
                                     ServiceParts parts) {
  TRY_ASSIGN(auto now, find_instance(before, ask.address));
  TRY_ASSIGN(auto wanted, wanted_instance(ask, now));
  wanted.source = now.source;
  const model::InstanceSpec& had = now;
  const model::InstanceSpec& asked = wanted;
  if (!(asked == had)) return only_pushed(before, ask.address, "its status alone can be changed");
  if (wanted.status) set_status(parts, wanted.id(), *wanted.status, ask.who, ask.now);
  return parts;
}

Result<ServiceParts> with_instance(InstanceAsk& ask, const store::ServiceEntry* before) {
  if (!before) return fail(Errc::not_found, "there is no service {}", quote(ask.service));
  auto parts = parts_of(*before);
  auto at = find_in(parts.content.instances, ask.address);
  ask.is_new = at == parts.content.instances.end();
  std::optional<model::Instance> now;
  if (!ask.is_new) {
    now = shown(*before, *at);
  } else if (!ask.is_put) {
    ask.is_new = false;
    return with_live_state(ask, *before, std::move(parts));
  }
  TRY_ASSIGN(auto wanted, wanted_instance(ask, now));
  if (ask.is_new) {
    if (parts.content.instances.size() >= model::kMostInstances)
      return fail(Errc::too_many, "service \"{}\" has {} instances, the most it may have",
                  before->head().name, model::kMostInstances);
    parts.content.instances.push_back(wanted);
  } else {
    wanted.source = at->source;
    *at = wanted;
  }
  bool is_other = wanted.status && (!now || *wanted.status != now->status || !ask.is_put);
  if (is_other) set_status(parts, wanted.id(), *wanted.status, ask.who, ask.now);
  return parts;
}

Result<ServiceChange> change_of(const Call& call, std::string action) {
  ServiceChange change;
  change.name = call.param("service");
  TRY_ASSIGN(change.precondition, Precondition::of(call.request));
  Query query(call.request);
  change.terms = {std::move(action), call.context.clock.wall(), query.flag("force")};
  TRY(query.check());
  return change;
}

Result<InstanceAsk> ask_of(const Call& call, bool is_put) {
  InstanceAsk ask;
  ask.service = call.param("service");
  TRY_ASSIGN(ask.address, parse_id(call.param("instance")));
  TRY_ASSIGN(ask.patch, body_value(call.request));
  if (!ask.patch.is_object()) return fail_at("", Errc::invalid, "expected an object");
  ask.is_put = is_put;
  ask.who = actor_of(call).who;
  ask.now = call.context.clock.wall();
  return ask;
}

Task<Result<Response>> change_instance(Call call, bool is_put) {
  CO_TRY_ASSIGN(auto change, change_of(call, is_put ? "instance.put" : "instance.patch"));
  CO_TRY_ASSIGN(auto ask, ask_of(call, is_put));
  change.decide = [&](const store::ServiceEntry* before) { return with_instance(ask, before); };
  auto edit = edit_service(call, change);
  CO_TRY_ASSIGN(auto outcome, co_await async::on_loop(call.context.domain, std::move(edit)));
  CO_TRY_ASSIGN(auto instance, find_instance(*outcome.service, ask.address));
  co_return with_etag(json_answer(instance, ask.is_new ? 201 : 200),
                      outcome.service->head().revision);
}

}  // namespace

Result<Response> list_instances(const Call& call) {
  Query query(call.request);
  auto request = page_request(query);
  TRY(query.check());
  TRY_ASSIGN(auto service, find_service(call, *call.snapshot, call.param("service")));
  // In the order of addresses, which stays when the list is edited between two pages.
  std::vector<const model::InstanceSpec*> found;
  for (const auto& instance : service->instances())
    if (matches(request.search, instance)) found.push_back(&instance);
  auto address = [](const model::InstanceSpec* i) { return Address(i->ip, i->port); };
  std::ranges::sort(found, {}, address);
  auto at = found.begin();
  if (request.after) {
    TRY_ASSIGN(auto after, parse_id(*request.after));
    at = std::ranges::upper_bound(found, after, {}, address);
  }
  Page page(request.limit);
  for (; at != found.end(); ++at) {
    if (!page.has_room()) {
      page.leave_rest();
      break;
    }
    page.add((*at)->id(), json::encode_text(shown(*service, **at)));
  }
  return std::move(page).response();
}

Result<Response> get_instance(const Call& call) {
  TRY(Query(call.request).check());
  TRY_ASSIGN(auto address, parse_id(call.param("instance")));
  TRY_ASSIGN(auto service, find_service(call, *call.snapshot, call.param("service")));
  TRY_ASSIGN(auto instance, find_instance(*service, address));
  return with_etag(json_answer(instance), service->head().revision);
}

Task<Result<Response>> put_instance(Call call) { return change_instance(call, true); }
Task<Result<Response>> patch_instance(Call call) { return change_instance(call, false); }

Task<Result<Response>> delete_instance(Call call) {
  CO_TRY_ASSIGN(auto change, change_of(call, "instance.delete"));
  CO_TRY_ASSIGN(auto address, parse_id(call.param("instance")));
  change.decide = [&](const store::ServiceEntry* before) -> Result<ServiceParts> {
    if (!before) return fail(Errc::not_found, "there is no service {}", quote(change.name));
    TRY(find_instance(*before, address));
    auto parts = parts_of(*before);
    auto at = find_in(parts.content.instances, address);
    if (at == parts.content.instances.end())
      return only_pushed(*before, address, "it goes from there when a newer revision is pushed");
    parts.content.instances.erase(at);
    return parts;
  };
  auto edit = edit_service(call, change);
  CO_TRY(co_await async::on_loop(call.context.domain, std::move(edit)));
  co_return no_content();
}

}  // namespace reeve::manager::api
