#include "manager/api/push_edit.hpp"

#include "manager/uid.hpp"
#include "model/name.hpp"
#include "store/catalog/keys.hpp"
#include "store/catalog/packed.hpp"

#include <algorithm>
#include <set>

namespace reeve::manager::api {
namespace {

namespace keys = store::keys;

Result<> check_not_empty(const store::ServiceEntry& service, const PushTerms& terms) {
  const auto& head = service.head();
  bool is_empty = head.had_eligible &&
                  !store::has_eligible(terms.kept.content->value.instances, service.held());
  if (!is_empty || terms.force) return {};
  return fail(Errc::would_be_empty,
              "revision {} of service \"{}\" has no instance that takes traffic; nothing was "
              "pushed, force=true does it all the same",
              terms.kept.revision, head.name);
}

bool all_have_it(const store::ServiceEntry& service, const PushTerms& terms) {
  auto has_it = [&](const std::optional<store::PushedContent>& pushed) {
    return pushed && pushed->revision == terms.kept.revision;
  };
  if (terms.nodes)
    return std::ranges::all_of(*terms.nodes,
                               [&](const auto& node) { return has_it(service.pushed_to(node)); });
  const auto& pushes = service.pushes_part();
  bool is_one_for_all = !pushes || pushes->records().back()->value.nodes == std::nullopt;
  return is_one_for_all && has_it(service.pushed_to_all());
}

// The nodes for whom an earlier record still counts, if the new one is for `taken`.
std::vector<std::string> still_counting(const store::ServicePushes& pushes,
                                        const store::PushPart& record,
                                        const std::set<std::string>& taken) {
  std::vector<std::string> nodes;
  for (const auto& node : record->value.nodes.value_or(std::vector<std::string>())) {
    const auto* counts = pushes.for_node(node);
    if (counts && *counts == record && !taken.contains(model::fold(node))) nodes.push_back(node);
  }
  return nodes;
}

void remove_push(Edit& edit, const store::ServiceEntry& service, const store::PushPart& record) {
  edit.writes.push_back({keys::push(service.head().uid, record->value.uid), nullptr});
}

// Records that count for nobody any more go. Where too many would stand, those of the same revision
// become one with the new.
Result<> make_room(Edit& edit, const store::ServiceEntry& service, model::StoredPush& made) {
  const auto& pushes = service.pushes_part();
  if (!pushes) return {};
  std::set<std::string> taken;
  if (made.nodes)
    for (const auto& node : *made.nodes) taken.insert(model::fold(node));
  std::vector<std::pair<store::PushPart, std::vector<std::string>>> standing;
  for (const auto& record : pushes->records()) {
    bool is_for_all = !record->value.nodes;
    if (is_for_all && made.nodes && pushes->for_all() && *pushes->for_all() == record) continue;
    auto nodes = made.nodes ? still_counting(*pushes, record, taken) : std::vector<std::string>();
    if (nodes.empty())
      remove_push(edit, service, record);
    else
      standing.emplace_back(record, std::move(nodes));
  }
  if (standing.size() < kMostPushes) return {};
  auto left = standing.size();
  for (auto& [record, nodes] : standing) {
    if (record->value.revision != made.revision) continue;
    std::ranges::move(nodes, std::back_inserter(*made.nodes));
    remove_push(edit, service, record);
    --left;
  }
  if (left < kMostPushes) return {};
  return fail(
      Errc::too_many,
      "single nodes have {} different pushes of service \"{}\", the most there may be; push "
      "to all of them first",
      left, service.head().name);
}

Result<> add_document(Edit& edit, std::string key, std::string text) {
  TRY_ASSIGN(auto value, store::pack(std::move(text)));
  edit.writes.push_back({std::move(key), std::move(value)});
  return {};
}

}  // namespace

Result<Edit> plan_push(const store::ServiceEntry& service, const PushTerms& terms) {
  TRY(check_not_empty(service, terms));
  const auto& head = service.head();
  Edit edit;
  edit.guards.push_back({keys::service(model::fold(head.name)), service.head_modified()});
  edit.guards.push_back({keys::live(head.uid), service.live_modified()});
  if (all_have_it(service, terms)) return edit;

  model::StoredPush made;
  made.uid = new_uid(terms.now);
  const auto& pushes = service.pushes_part();
  made.order = pushes ? pushes->records().back()->value.order + 1 : 1;
  made.revision = terms.kept.revision;
  made.nodes = terms.nodes;
  made.by = terms.who;
  made.at = terms.now;
  TRY(make_room(edit, service, made));
  TRY(add_document(edit, keys::push(head.uid, made.uid), json::encode_text(made)));
  // Written as it is, so that who edits or pushes at the same time meets this.
  TRY(add_document(edit, keys::service(model::fold(head.name)), json::encode_text(head)));
  if (const auto& stored = terms.kept.stored) {
    edit.guards.push_back({stored->key, stored->modified});
    edit.writes.push_back({stored->key, stored->value});
  }
  return edit;
}

}  // namespace reeve::manager::api
