#include "manager/api/service_edit.hpp"

#include "manager/api/service_diff.hpp"
#include "model/name.hpp"
#include "store/catalog/keys.hpp"
#include "store/catalog/packed.hpp"

#include <algorithm>

namespace reeve::manager::api {
namespace {

namespace keys = store::keys;
using model::Holder;

// Who has more than the store takes says so in words of labels and instances.
template <class T>
Result<> add_write(Edit& edit, std::string_view field, std::string key, const T& document) {
  auto value = store::pack(json::encode_text(document));
  if (!value || (*value)->size() > store::Limits::value)
    return fail_at(std::string(field), Errc::too_large,
                   "expected at most {} KiB as stored, got {}; shorter labels or fewer entries fit",
                   store::Limits::value / 1024,
                   value ? fmt::format("{} KiB", (*value)->size() / 1024) : value.error().what);
  edit.writes.push_back({std::move(key), std::move(*value)});
  return {};
}

// The holds of instances that are no longer there go with them: one that returns begins anew.
void drop_orphaned_holds(ServiceParts& parts) {
  auto& held = parts.live.held;
  if (held.empty()) return;
  std::vector<std::string> ids;
  ids.reserve(parts.content.instances.size());
  for (const auto& instance : parts.content.instances) ids.push_back(instance.id());
  std::ranges::sort(ids);
  std::erase_if(held, [&](const auto& entry) {
    return entry.holds.empty() || !std::ranges::binary_search(ids, entry.instance);
  });
}

bool has_eligible(const ServiceParts& parts) {
  return std::ranges::any_of(parts.content.instances, [&](const auto& instance) {
    return instance.weight > 0 &&
           (parts.live.held.empty() || store::holds_of(parts.live.held, instance.id()).empty());
  });
}

// What differs between the stored parts.
struct Differences {
  bool spec = false;     // of the service's own fields
  bool content = false;  // the instances
  bool live = false;
  bool subscriptions = false;

  bool any() const { return spec || content || live || subscriptions; }
  bool raises_revision() const { return spec || content; }
};

Differences compare(const store::ServiceEntry& before, const ServiceParts& after) {
  const model::ServiceSpec& old_spec = before.head();
  const model::ServiceSpec& new_spec = after.head;
  return {!(old_spec == new_spec), before.instances() != after.content.instances,
          before.held() != after.live.held,
          before.subscriptions() != after.subscriptions.subscriptions ||
              before.leaving() != after.subscriptions.leaving};
}

Failure would_be_empty(const std::string& name) {
  return fail(Errc::would_be_empty,
              "this would leave service \"{}\" without an instance that takes traffic; nothing was "
              "changed, force it if that is meant",
              name);
}

void add_guards(Edit& edit, const store::ServiceEntry* before, const ServiceParts& after,
                const Differences& differences) {
  edit.guards.push_back(
      {keys::service(model::fold(after.head.name)), before ? before->head_modified() : 0});
  if (!before) return;
  const auto& uid = after.head.uid;
  // Eligibility was judged by the instances and by the holds.
  edit.guards.push_back({keys::live(uid), before->live_modified()});
  if (differences.subscriptions)
    edit.guards.push_back({keys::subscriptions(uid), before->subscriptions_modified()});
}

Result<> add_writes(Edit& edit, const ServiceParts& after, const Differences& differences,
                    bool writes_head) {
  const auto& head = after.head;
  if (writes_head) TRY(add_write(edit, "", keys::service(model::fold(head.name)), head));
  if (differences.raises_revision())
    TRY(add_write(edit, "/instances", keys::content(head.uid, head.revision), after.content));
  if (differences.live) TRY(add_write(edit, "/instances", keys::live(head.uid), after.live));
  if (differences.subscriptions)
    TRY(add_write(edit, "/subscriptions", keys::subscriptions(head.uid), after.subscriptions));
  return {};
}

}  // namespace

ServiceParts parts_of(const store::ServiceEntry& entry) {
  return {entry.head(), entry.content_part()->value, entry.live_part()->value,
          entry.subscriptions_part()->value};
}

void set_status(ServiceParts& parts, const std::string& instance, model::Status status,
                const std::string& who, WallTime now) {
  auto& held = parts.live.held;
  auto at = std::ranges::lower_bound(held, instance, {}, &model::InstanceHolds::instance);
  bool is_held = at != held.end() && at->instance == instance;
  auto is_operators = [](const model::Hold& hold) { return hold.by == Holder::operator_; };
  if (status == model::Status::online) {
    if (is_held) std::erase_if(at->holds, is_operators);
    if (is_held && at->holds.empty()) held.erase(at);
    return;
  }
  if (!is_held) at = held.insert(at, {instance, {}});
  if (std::ranges::none_of(at->holds, is_operators))
    at->holds.push_back({Holder::operator_, who, "", now, std::nullopt});
}

Result<std::optional<Edit>> plan_service(const store::ServiceEntry* before, ServiceParts after,
                                         const EditTerms& terms) {
  Differences differences{true, true, false, !after.subscriptions.subscriptions.empty()};
  if (before) {
    differences = compare(*before, after);
    if (differences.content) drop_orphaned_holds(after);
    differences.live = before->held() != after.live.held;
  } else {
    drop_orphaned_holds(after);
    differences.live = !after.live.held.empty();
  }
  if (before && !differences.any()) return std::optional<Edit>();

  bool was_eligible = after.head.had_eligible;
  bool is_eligible = has_eligible(after);
  bool changes_list = differences.content || differences.live;
  if (was_eligible && changes_list && !is_eligible && !terms.force)
    return would_be_empty(after.head.name);
  after.head.had_eligible = was_eligible || is_eligible;
  if (differences.raises_revision()) {
    ++after.head.revision;
    after.head.modified = terms.now;
  }
  bool writes_head = differences.raises_revision() || after.head.had_eligible != was_eligible;

  Edit edit;
  edit.action = terms.action;
  edit.object = "service/" + after.head.name;
  add_guards(edit, before, after, differences);
  TRY(add_writes(edit, after, differences, writes_head));
  describe_difference(before, after, edit.before, edit.after);
  return std::optional(std::move(edit));
}

Edit plan_removal(const store::ServiceEntry& service) {
  const auto& head = service.head();
  Edit edit;
  edit.action = "service.delete";
  edit.object = "service/" + head.name;
  auto key = keys::service(model::fold(head.name));
  edit.guards.push_back({key, service.head_modified()});
  edit.guards.push_back({keys::subscriptions(head.uid), service.subscriptions_modified()});
  edit.writes.push_back({key, nullptr});
  edit.writes.push_back({keys::live(head.uid), nullptr});
  edit.writes.push_back({keys::subscriptions(head.uid), nullptr});
  describe_removal(service, edit.before);
  return edit;
}

}  // namespace reeve::manager::api
