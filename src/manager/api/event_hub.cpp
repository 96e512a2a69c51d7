#include "manager/api/event_hub.hpp"

#include "json/codec.hpp"

#include <fmt/format.h>

namespace reeve::manager::api {
namespace {

net::Event event_of(const EventData& data) {
  return {fmt::format("{}", data.revision), data.kind, json::encode_text(data)};
}

const model::StoredService& identity(const std::shared_ptr<const store::ServiceEntry>& entry) {
  return entry->head();
}
const model::StoredNode& identity(
    const std::shared_ptr<const store::Document<model::StoredNode>>& node) {
  return node->value;
}

const model::StoredProgram& identity(
    const std::shared_ptr<const store::Document<model::StoredProgram>>& program) {
  return program->value;
}

// What became of a named thing; `names` is kept up to date by its uid.
template <class Map>
EventData named_event(const char* kind, const std::string& folded, const Map& before,
                      const Map& after, std::unordered_map<std::string, std::string>& names) {
  const auto* now = after.find(folded);
  const auto* old = before.find(folded);
  EventData data{kind, folded, "", now ? "put" : "delete", 0};
  if (old && (!now || identity(*old).uid != identity(*now).uid)) names.erase(identity(*old).uid);
  if (const auto* shown = now ? now : old) {
    data.name = identity(*shown).name;
    data.uid = identity(*shown).uid;
  }
  if (now) names[data.uid] = data.name;
  return data;
}

template <class Map>
EventData uid_event(const char* kind, const std::string& uid, const Map& after) {
  return {kind, uid, uid, after.find(uid) ? "put" : "delete", 0};
}

}  // namespace

EventHub::EventHub(store::Catalog& catalog, Fleet& fleet, const sys::Clock& clock)
    : catalog_(catalog), clock_(clock) {
  auto now = catalog.snapshot();
  forgotten_ = now->revision;
  for (const auto& [folded, service] : now->services) {
    service_names_[service->head().uid] = service->head().name;
    if (service->head().kernel) kernel_.insert(service->head().uid);
  }
  for (const auto& [folded, program] : now->programs)
    program_names_[program->value.uid] = program->value.name;
  for (const auto& [folded, node] : now->nodes) node_names_[node->value.uid] = node->value.name;
  catalog.on_change([this](const store::Snapshot& before, const store::SnapshotPtr& after,
                           const store::Touched& touched) { follow(before, *after, touched); });
  fleet.on_change([this](const Fleet::Change& change) { on_fleet_change(change); });
}

void EventHub::follow(const store::Snapshot& before, const store::Snapshot& after,
                      const store::Touched& touched) {
  auto tell_of = [&](EventData data) {
    data.revision = after.revision;
    bool is_kernel = kernel_.contains(data.uid);
    tell({std::move(data), false, is_kernel});
  };
  for (const auto& name : touched.services)
    if (const auto* service = after.services.find(name); service && (*service)->head().kernel)
      kernel_.insert((*service)->head().uid);
  for (const auto& name : touched.services)
    tell_of(named_event("service", name, before.services, after.services, service_names_));
  for (const auto& name : touched.programs)
    tell_of(named_event("program", name, before.programs, after.programs, program_names_));
  for (const auto& name : touched.nodes)
    tell_of(named_event("node", name, before.nodes, after.nodes, node_names_));
  for (const auto& uid : touched.operations) tell_of(uid_event("operation", uid, after.operations));
  for (const auto& uid : touched.notices) tell_of(uid_event("notice", uid, after.notices));
  if (!touched.tokens.empty()) end_revoked(after);
}

void EventHub::on_fleet_change(const Fleet::Change& change) {
  auto node = node_names_.find(change.node);
  if (node == node_names_.end()) return;
  auto revision = catalog_.snapshot()->revision;
  if (change.is_of_node())
    tell({{"node", node->second, change.node, "state", revision}, true, false});
  for (const auto& uid : change.lists) {
    auto service = service_names_.find(uid);
    if (service == service_names_.end()) continue;
    tell({{"subscriber", service->second + '/' + node->second, uid, "state", revision},
          true,
          kernel_.contains(uid)});
  }
  for (const auto& uid : change.programs) {
    auto program = program_names_.find(uid);
    if (program == program_names_.end()) continue;
    tell({{"process", program->second + '/' + node->second, uid, "state", revision}, true, false});
  }
}

void EventHub::tell(Told told) {
  if (!listeners_.empty()) {
    auto event = event_of(told.data);
    auto now = clock_.wall();
    std::erase_if(listeners_, [&](const Listener& listener) {
      bool is_expired = listener.expires && *listener.expires <= now;
      if (is_expired) listener.feed->finish();
      if (is_expired) return true;
      bool is_for_him = !told.is_kernel || listener.sees_kernel;
      return is_for_him && !listener.feed->push(event);
    });
  }
  kept_.push_back(std::move(told));
  if (kept_.size() <= kKept) return;
  forgotten_ = kept_.front().data.revision;
  kept_.pop_front();
}

void EventHub::replay(const Listener& listener, const ResumePoint& from) {
  auto& feed = *listener.feed;
  auto head = catalog_.snapshot()->revision;
  // Of a revision that is forgotten in part nothing is certain, unless all of it was seen.
  bool is_kept = from.is_partial ? from.revision > forgotten_ || from.revision == head
                                 : from.revision >= forgotten_;
  if (!is_kept || from.revision > head) {
    auto reset = event_of({"reset", "", "", "state", head});
    feed.push(reset);
    return;
  }
  for (const auto& told : kept_) {
    if (told.is_kernel && !listener.sees_kernel) continue;
    bool is_later = told.data.revision > from.revision;
    bool is_again = told.data.revision == from.revision && (from.is_partial || told.is_observed);
    if (is_later || is_again) feed.push(event_of(told.data));
  }
}

net::Response EventHub::open(std::shared_ptr<const store::Document<model::StoredToken>> token,
                             std::optional<ResumePoint> from) {
  auto feed = net::EventFeed::create();
  bool is_administrator = token->value.role == model::Role::administrator;
  Listener listener{feed, token->value.uid, is_administrator, token->value.expires};
  if (from) replay(listener, *from);
  listeners_.push_back(std::move(listener));
  return feed->response();
}

void EventHub::end_revoked(const store::Snapshot& now) {
  std::erase_if(listeners_, [&](const Listener& listener) {
    bool is_good = now.tokens.find(listener.token) != nullptr;
    if (!is_good) listener.feed->finish();
    return !is_good;
  });
}

void EventHub::stop() {
  for (auto& listener : listeners_) listener.feed->finish();
  listeners_.clear();
}

}  // namespace reeve::manager::api
