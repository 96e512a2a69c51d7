#include "manager/list_alarms.hpp"

#include <algorithm>
#include <utility>

namespace reeve::manager {
namespace {

/// Services are found by name; this is for the rare moment in which something goes wrong.
std::string service_name(const store::Snapshot& snapshot, const std::string& uid) {
  for (const auto& item : snapshot.services)
    if (item.value->head().uid == uid) return item.value->head().name;
  return {};
}

std::string outcome_of(const model::HookRun& run) {
  if (run.error) return *run.error;
  if (run.signal) return fmt::format("it was ended by signal {}", *run.signal);
  return fmt::format("it ended with exit code {}", run.exit_code.value_or(0));
}

}  // namespace

ListAlarms::ListAlarms(async::Loop& domain, store::Catalog& catalog, const NodeIndex& nodes,
                       Fleet& fleet, Notices& notices)
    : catalog_(catalog),
      nodes_(nodes),
      fleet_(fleet),
      notices_(notices),
      since_(domain.clock().wall()) {
  fleet.on_change([this](const Fleet::Change& change) {
    for (const auto& service : change.lists) on_list(change.node, service);
    if (change.is_of_node()) on_node(change.node);
  });
}

void ListAlarms::on_node(const std::string& node) {
  if (fleet_.node(node).state != model::NodeState::never_seen) return;
  auto first = told_.lower_bound({node, {}});
  auto last =
      std::find_if(first, told_.end(), [&](const auto& item) { return item.first.first != node; });
  told_.erase(first, last);
}

void ListAlarms::on_list(const std::string& node, const std::string& service) {
  const auto& sight = fleet_.list(node, service);
  Place place{node, service};
  bool is_trouble = sight.error || !sight.hooks.empty() || !sight.drift.empty();
  if (!is_trouble) {
    if (!told_.empty()) told_.erase(place);
    return;
  }
  auto& told = told_[place];
  bool was_failed = std::exchange(told.is_failed, sight.error.has_value());
  if (sight.error && !was_failed) raise(place, "list.failed", "cannot publish", *sight.error);
  tell_hook(told, sight, place);
  tell_drift(told, sight, place);
}

void ListAlarms::tell_hook(Told& told, const ListSight& sight, const Place& place) {
  auto bad = std::ranges::find_if(sight.hooks, [](const auto& run) { return !run.is_well(); });
  bool was_failed = std::exchange(told.is_hook_failed, bad != sight.hooks.end());
  if (bad == sight.hooks.end() || was_failed) return;
  auto program = bad->argv.empty() ? std::string() : bad->argv.front();
  raise(place, "hook.failed", "on_change failed for",
        fmt::format("{} after a change of {}: {}", program, bad->file, outcome_of(*bad)));
}

void ListAlarms::tell_drift(Told& told, const ListSight& sight, const Place& place) {
  for (const auto& drift : sight.drift) {
    // What an agent says again after a restart of ours was told of by then.
    if (drift.at <= std::max(told.drift, since_)) continue;
    told.drift = drift.at;
    raise(place, "file.drift", "somebody changed a file of",
          fmt::format(
              "{} was changed or removed; {}", drift.path,
              drift.repaired ? "it was put back" : drift.note.value_or("it is left as it is")));
  }
}

void ListAlarms::raise(const Place& place, const char* kind, const char* what, std::string text) {
  auto service = service_name(*catalog_.snapshot(), place.second);
  auto node = nodes_.find(place.first);
  if (service.empty() || !node) return;
  model::Notice notice;
  notice.level = model::NoticeLevel::warning;
  notice.kind = kind;
  notice.title = fmt::format("{} {} on {}", what, service, node->value.name);
  notice.text = std::move(text);
  notice.link = "/services/" + service;
  notices_.raise(std::move(notice));
}

}  // namespace reeve::manager
