// /api/v1/hold and /api/v1/resume: what nodes have beside what would be pushed to them, and the
// word that the store is right.
#include "manager/hold.hpp"

#include "manager/api/answers.hpp"
#include "manager/api/handlers.hpp"
#include "manager/api/kernel_rules.hpp"
#include "manager/api/paging.hpp"
#include "manager/api/types.hpp"
#include "manager/planner.hpp"

#include <map>
#include <set>

namespace reeve::manager::api {
namespace {

constexpr std::size_t kMostNamed = 100;

using Marks = std::pair<std::optional<model::ListMark>, std::optional<model::ListMark>>;

using Uids = std::set<std::string>;

/// Of services that are not there for who asks.
Uids hidden_from(const Call& call) {
  Uids uids;
  for (const auto& service : hidden_services(call.caller, *call.snapshot))
    uids.insert(service->head().uid);
  return uids;
}

/// By service uid, what the node has and what it would get, where these differ.
std::map<std::string, Marks> differences_of(const Call& call, const std::string& node,
                                            const Uids& hidden) {
  std::map<std::string, Marks> all;
  for (const auto& [service, sight] : call.context.fleet.lists(node))
    if (sight.applied) all[service].first = sight.applied;
  for (const auto& list : lists_of(*call.context.planner.plan_of(node)))
    if (list->wish() == Wish::publish) all[list->uid()].second = list->mark();
  std::erase_if(all, [&](const auto& item) {
    return item.second.first == item.second.second || hidden.contains(item.first);
  });
  return all;
}

bool is_up(const Call& call, const model::StoredNode& node) {
  return call.context.fleet.node(node.uid).state == model::NodeState::up;
}

void name(std::vector<std::string>& names, const std::string& one) {
  if (names.size() < kMostNamed) names.push_back(one);
}

// What the store lets in that may have been shut out after it was copied: nobody here can know.
void add_revocable(HoldStatus& status, const Call& call) {
  auto now = call.context.clock.wall();
  for (const auto& item : call.snapshot->tokens) {
    const auto& token = item.value->value;
    if (!token.expires || *token.expires > now) name(status.tokens, token.name);
  }
  for (const auto& item : call.snapshot->join_tokens) {
    const auto& token = item.value->value;
    bool is_good =
        (!token.expires || *token.expires > now) && (!token.uses || token.used < *token.uses);
    if (is_good) name(status.join_tokens, token.uid);
  }
}

Task<Result<Response>> resume(Call call) {
  CO_TRY_ASSIGN(auto epoch, co_await call.context.hold.resume(actor_of(call)));
  co_return json_answer(ResumeAnswer{epoch});
}

}  // namespace

Result<Response> get_hold(const Call& call) {
  TRY(Query(call.request).check());
  HoldStatus status;
  const auto* hold = call.context.hold.current();
  if (!hold) return json_answer(status);
  status.is_on = true;
  status.mark = hold_mark(*hold);
  auto hidden = hidden_from(call);
  for (const auto& item : call.snapshot->nodes) {
    const auto& node = item.value->value;
    if (!is_up(call, node)) {
      ++status.missing_count;
      name(status.missing, node.name);
    } else {
      status.differences += differences_of(call, node.uid, hidden).size();
    }
  }
  for (const auto& node : call.context.hold.unknown_nodes()) {
    if (status.unknown.size() == kMostNamed) break;
    status.unknown.push_back({node.uid, node.address, node.last_seen});
  }
  add_revocable(status, call);
  return json_answer(status);
}

Result<Response> list_hold_differences(const Call& call) {
  Query query(call.request);
  auto asked = page_request(query);
  TRY(query.check());
  std::map<std::string, std::string> names;  // of services, by uid
  for (const auto& item : call.snapshot->services)
    names[item.value->head().uid] = item.value->head().name;
  auto hidden = hidden_from(call);
  Page page(asked.limit);
  for (const auto& item : call.snapshot->nodes) {
    const auto& node = item.value->value;
    if (!is_up(call, node)) continue;
    for (const auto& [uid, marks] : differences_of(call, node.uid, hidden)) {
      auto key = item.key + "/" + uid;
      if (asked.after && key <= *asked.after) continue;
      HoldDifference one{node.name, names[uid], uid, marks.first, marks.second};
      if (!asked.search.matches({one.node, one.service})) continue;
      if (!page.has_room()) {
        page.leave_rest();
        return std::move(page).response();
      }
      page.add(key, json::encode_text(one));
    }
  }
  return std::move(page).response();
}

Task<Result<Response>> resume_pushing(Call call) {
  CO_TRY(Query(call.request).check());
  auto work = resume(call);
  co_return co_await async::on_loop(call.context.domain, std::move(work));
}

}  // namespace reeve::manager::api
