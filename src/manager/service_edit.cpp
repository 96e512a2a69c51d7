#include "manager/service_edit.hpp"

#include "manager/service_audit.hpp"
#include "manager/uid.hpp"
#include "model/name.hpp"
#include "store/catalog/keys.hpp"
#include "store/catalog/packed.hpp"

#include <algorithm>

namespace reeve::manager {
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

bool is_automatic(const ServiceParts& parts) { return parts.head.push == model::Push::auto_; }

// The holds of instances that are no longer in a list go with them: one that returns begins anew.
void drop_orphaned_holds(const store::ServiceEntry* before, ServiceParts& parts) {
  auto& held = parts.live.held;
  if (held.empty()) return;
  std::vector<std::string> ids;
  ids.reserve(parts.content.instances.size());
  for (const auto& instance : parts.content.instances) ids.push_back(instance.id());
  if (before && !is_automatic(parts))
    for (const auto& content : before->contents_in_use())
      for (const auto& instance : content->value.instances) ids.push_back(instance.id());
  std::ranges::sort(ids);
  std::erase_if(held, [&](const auto& entry) {
    return entry.holds.empty() || !std::ranges::binary_search(ids, entry.instance);
  });
}

bool has_eligible(const ServiceParts& parts) {
  return store::has_eligible(parts.content.instances, parts.live.held);
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
              "changed, force=true does it all the same",
              name);
}

// Live state reaches what was pushed before, too: whether one of those lists loses its last one.
bool empties_a_pushed_list(const store::ServiceEntry* before, const ServiceParts& after) {
  if (!before) return false;
  return std::ranges::any_of(before->contents_in_use(), [&](const auto& content) {
    const auto& instances = content->value.instances;
    return store::has_eligible(instances, before->held()) &&
           !store::has_eligible(instances, after.live.held);
  });
}

// Of what the edit brings to subscribers at once.
bool empties_a_list(const store::ServiceEntry* before, const ServiceParts& after,
                    const Differences& differences) {
  bool ends_pushes = is_automatic(after) && differences.raises_revision();
  if (!ends_pushes) return differences.live && empties_a_pushed_list(before, after);
  bool had_others = before && (before->head().push != model::Push::auto_ || before->pushes_part());
  bool is_another_list = differences.content || differences.live || had_others;
  return is_another_list && after.head.had_eligible && !has_eligible(after);
}

// A service that pushes by itself has nothing that was pushed by hand once a revision follows; one
// that no longer does leaves its subscribers what they have.
Result<> add_pushes(Edit& edit, const store::ServiceEntry* before, const ServiceParts& after,
                    const EditTerms& terms) {
  if (!before) return {};
  const auto& uid = after.head.uid;
  const auto& pushes = before->pushes_part();
  if (is_automatic(after)) {
    if (!pushes) return {};
    for (const auto& record : pushes->records())
      edit.writes.push_back({keys::push(uid, record->value.uid), nullptr});
    return {};
  }
  bool was_automatic = before->head().push == model::Push::auto_;
  if (!was_automatic || (pushes && pushes->for_all())) return {};
  model::StoredPush had;
  had.uid = new_uid(terms.now);
  had.revision = before->head().revision;  // its order, 0, lets pushes to single nodes stand
  had.by = terms.who;
  had.at = terms.now;
  return add_write(edit, "", keys::push(uid, had.uid), had);
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

void make_revision(ServiceParts& parts, const EditTerms& terms) {
  ++parts.head.revision;
  parts.head.modified = terms.now;
  parts.content.description = parts.head.description;
  parts.content.by = terms.who;
  parts.content.at = terms.now;
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
    if (differences.content) drop_orphaned_holds(before, after);
    differences.live = before->held() != after.live.held;
  } else {
    drop_orphaned_holds(nullptr, after);
    differences.live = !after.live.held.empty();
  }
  if (before && !differences.any()) return std::optional<Edit>();

  if (!terms.force && empties_a_list(before, after, differences))
    return would_be_empty(after.head.name);
  bool was_eligible = after.head.had_eligible;
  after.head.had_eligible = was_eligible || has_eligible(after);
  if (differences.raises_revision()) make_revision(after, terms);
  bool writes_head = differences.raises_revision() || after.head.had_eligible != was_eligible;

  Edit edit;
  edit.action = terms.action;
  edit.object = "service/" + after.head.name;
  add_guards(edit, before, after, differences);
  TRY(add_writes(edit, after, differences, writes_head));
  if (differences.raises_revision()) TRY(add_pushes(edit, before, after, terms));
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
  if (service.pushes_part())
    for (const auto& record : service.pushes_part()->records())
      edit.writes.push_back({keys::push(head.uid, record->value.uid), nullptr});
  describe_removal(service, edit.before);
  return edit;
}

}  // namespace reeve::manager
