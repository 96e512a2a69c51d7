#include "manager/departures.hpp"

#include "base/log.hpp"
#include "model/name.hpp"
#include "store/catalog/keys.hpp"
#include "store/catalog/packed.hpp"
#include "store/catalog/subscribers.hpp"

#include <algorithm>
#include <set>

namespace reeve::manager {
namespace {

// The agents have said their word, and may say no other.
constexpr Duration kRetry = std::chrono::seconds(30);

json::Value names_of(const std::vector<model::Subscription>& leaving) {
  json::Array names;
  for (const auto& entry : leaving)
    if (entry.nodes)
      for (const auto& node : *entry.nodes) names.emplace_back(node);
  return json::Object{{"leaving", std::move(names)}};
}

Result<> end_leaving(Edit& edit, const store::ServiceEntry& service,
                     std::vector<model::Subscription> leaving) {
  edit.before = names_of(service.leaving());
  edit.after = names_of(leaving);
  auto document = service.subscriptions_part()->value;
  document.leaving = std::move(leaving);
  TRY_ASSIGN(auto value, store::pack(json::encode_text(document)));
  edit.writes.push_back({store::keys::subscriptions(service.head().uid), std::move(value)});
  return {};
}

// Takes those who left out of the pushes that name them.
Result<> end_pushes(Edit& edit, const store::ServiceEntry& service,
                    const store::Snapshot& snapshot) {
  const auto& pushes = service.pushes_part();
  if (!pushes) return {};
  for (const auto& record : pushes->records()) {
    if (!record->value.nodes) continue;
    auto left = store::subscribing(*record->value.nodes, service, snapshot);
    if (left.size() == record->value.nodes->size()) continue;
    auto key = store::keys::push(service.head().uid, record->value.uid);
    edit.guards.push_back({key, record->modified});
    store::Bytes value;
    if (!left.empty()) {
      auto smaller = record->value;
      smaller.nodes = std::move(left);
      TRY_ASSIGN(value, store::pack(json::encode_text(smaller)));
    }
    edit.writes.push_back({std::move(key), std::move(value)});
  }
  return {};
}

bool may_be_left(const store::ServiceEntry& service) {
  const auto& pushes = service.pushes_part();
  return !service.leaving().empty() || (pushes && !pushes->is_alike_for_all());
}

bool concerns(const std::set<std::string>& nodes, const store::ServiceEntry& service) {
  if (!service.leaving().empty()) return true;
  const auto& pushes = service.pushes_part();
  return pushes &&
         std::ranges::any_of(nodes, [&](const auto& node) { return pushes->is_named(node); });
}

}  // namespace

Departures::Departures(async::Loop& domain, store::Catalog& catalog, Fleet& fleet, Editor& editor)
    : domain_(domain),
      catalog_(catalog),
      fleet_(fleet),
      editor_(editor),
      tasks_(domain, "departures") {
  catalog.on_change([this](const store::Snapshot&, const store::SnapshotPtr& after,
                           const store::Touched& touched) { follow(after, touched); });
  fleet.on_change([this](const Fleet::Change& change) {
    if (waiting_.empty()) return;
    for (const auto& uid : change.lists) {
      auto found = waiting_.find(uid);
      bool is_done = found != waiting_.end() && fleet_.list(change.node, uid).has_removed_files;
      if (is_done) settle_soon(found->second);
    }
  });
}

void Departures::follow(const store::SnapshotPtr& after, const store::Touched& touched) {
  std::set<std::string> services = touched.services;
  // A node that went, or whose labels take it away or bring it back.
  if (!touched.nodes.empty())
    for (const auto& [uid, name] : waiting_)
      if (const auto* found = after->services.find(name); found && concerns(touched.nodes, **found))
        services.insert(name);
  for (const auto& name : services) {
    std::erase_if(waiting_, [&](const auto& item) { return item.second == name; });
    const auto* found = after->services.find(name);
    if (!found || !may_be_left(**found)) continue;
    waiting_[(*found)->head().uid] = name;
    settle_soon(name);
  }
}

void Departures::settle_soon(const std::string& service) {
  auto [found, is_first] = settling_.try_emplace(service, true);
  found->second = true;
  if (is_first) tasks_.start(settle(service));
}

// One at a time of each service, so that ten thousand answers to one edit cost a few looks at the
// subscribers and not ten thousand, and no two commits race.
Task<> Departures::settle(std::string service) {
  while (settling_[service]) {
    settling_[service] = false;
    auto done = co_await settle_once(service);
    if (done) continue;
    log::warning("a departure is not written down",
                 {{"service", service}, {"why", done.error().what}});
    auto rested = co_await domain_.sleep_for(kRetry);
    if (!rested) break;
    settling_[service] = true;
  }
  settling_.erase(service);
}

Task<Result<>> Departures::settle_once(std::string service) {
  // Lets whoever else has spoken be heard first.
  CO_TRY(co_await domain_.sleep_for(Duration{}));
  Decision decision = [&] { return decide(service); };
  co_return co_await editor_.commit_decided(ourselves(), decision);
}

Result<std::optional<Edit>> Departures::decide(const std::string& service) const {
  auto snapshot = catalog_.snapshot();
  const auto* found = snapshot->services.find(service);
  if (!found) return std::optional<Edit>();
  const auto& entry = **found;
  Edit edit;
  edit.action = "subscriber.left";
  edit.object = "service/" + entry.head().name;
  edit.guards.push_back(
      {store::keys::subscriptions(entry.head().uid), entry.subscriptions_modified()});
  auto left = still_leaving(entry, *snapshot);
  if (left != entry.leaving()) TRY(end_leaving(edit, entry, std::move(left)));
  TRY(end_pushes(edit, entry, *snapshot));
  if (edit.writes.empty()) return std::optional<Edit>();
  return std::optional(std::move(edit));
}

std::vector<model::Subscription> Departures::still_leaving(const store::ServiceEntry& service,
                                                           const store::Snapshot& snapshot) const {
  std::vector<model::Subscription> still;
  auto waited_for = store::leaving_of(service, snapshot);  // in the order of the entries
  auto next = waited_for.begin();
  for (const auto& entry : service.leaving()) {
    if (next == waited_for.end()) break;
    bool is_next = entry.nodes && !entry.nodes->empty() &&
                   model::fold(entry.nodes->front()) == model::fold(next->node);
    if (!is_next) continue;
    const auto& uid = next->known->value.uid;
    if (!fleet_.list(uid, service.head().uid).has_removed_files) still.push_back(entry);
    ++next;
  }
  return still;
}

}  // namespace reeve::manager
