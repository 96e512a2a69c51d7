#include "manager/departures.hpp"

#include "base/log.hpp"
#include "store/catalog/keys.hpp"
#include "store/catalog/packed.hpp"
#include "store/catalog/subscribers.hpp"

#include <set>

namespace reeve::manager {
namespace {

Actor ourselves() {
  Actor actor;
  actor.who = "reeve";
  actor.role = model::Role::administrator;
  return actor;
}

json::Value names_of(const std::vector<model::Subscription>& leaving) {
  json::Array names;
  for (const auto& entry : leaving)
    if (entry.nodes)
      for (const auto& node : *entry.nodes) names.emplace_back(node);
  return json::Object{{"leaving", std::move(names)}};
}

Result<Edit> edit_of(const store::ServiceEntry& service, std::vector<model::Subscription> leaving) {
  auto key = store::keys::subscriptions(service.head().uid);
  Edit edit;
  edit.action = "subscriber.left";
  edit.object = "service/" + service.head().name;
  edit.before = names_of(service.leaving());
  edit.after = names_of(leaving);
  auto document = service.subscriptions_part()->value;
  document.leaving = std::move(leaving);
  edit.guards.push_back({key, service.subscriptions_modified()});
  TRY_ASSIGN(auto value, store::pack(json::encode_text(document)));
  edit.writes.push_back({key, std::move(value)});
  return edit;
}

}  // namespace

Departures::Departures(async::Loop& domain, store::Catalog& catalog, Fleet& fleet, Editor& editor)
    : catalog_(catalog), fleet_(fleet), editor_(editor), tasks_(domain, "departures") {
  catalog.on_change([this](const store::Snapshot&, const store::SnapshotPtr& after,
                           const store::Touched& touched) { follow(after, touched); });
  fleet.on_change([this](const Fleet::Change& change) {
    for (const auto& uid : change.lists)
      if (auto found = waiting_.find(uid); found != waiting_.end()) look_at(found->second);
  });
}

void Departures::follow(const store::SnapshotPtr& after, const store::Touched& touched) {
  std::set<std::string> services = touched.services;
  // A node that went, or whose labels bring it back.
  if (!touched.nodes.empty())
    for (const auto& [uid, name] : waiting_) services.insert(name);
  for (const auto& name : services) {
    std::erase_if(waiting_, [&](const auto& item) { return item.second == name; });
    const auto* found = after->services.find(name);
    if (!found || (*found)->leaving().empty()) continue;
    waiting_[(*found)->head().uid] = name;
    look_at(name);
  }
}

void Departures::look_at(const std::string& service) {
  auto snapshot = catalog_.snapshot();
  const auto* found = snapshot->services.find(service);
  if (!found) return;
  if (still_leaving(**found, *snapshot) != (*found)->leaving()) tasks_.start(settle(service));
}

Task<> Departures::settle(std::string service) {
  Decision decide = [&]() -> Result<std::optional<Edit>> {
    auto snapshot = catalog_.snapshot();
    const auto* found = snapshot->services.find(service);
    if (!found) return std::optional<Edit>();
    auto left = still_leaving(**found, *snapshot);
    if (left == (*found)->leaving()) return std::optional<Edit>();
    TRY_ASSIGN(auto edit, edit_of(**found, std::move(left)));
    return std::optional<Edit>(std::move(edit));
  };
  auto done = co_await editor_.commit_decided(ourselves(), decide);
  // The agents' next words ask for it again.
  if (!done)
    log::warning("a departure is not written down",
                 {{"service", service}, {"why", done.error().what}});
}

std::vector<model::Subscription> Departures::still_leaving(const store::ServiceEntry& service,
                                                           const store::Snapshot& snapshot) const {
  std::vector<model::Subscription> still;
  for (const auto& node : store::leaving_of(service, snapshot)) {
    if (fleet_.list(node.known->value.uid, service.head().uid).has_removed_files) continue;
    auto entry = model::find_leaving(service.leaving(), node.known->value.name);
    if (entry != service.leaving().end()) still.push_back(*entry);
  }
  return still;
}

}  // namespace reeve::manager
