#include "manager/history_pruner.hpp"

#include "base/log.hpp"
#include "model/name.hpp"
#include "store/catalog/keys.hpp"

#include <unordered_set>
#include <utility>

namespace reeve::manager {
namespace {

namespace keys = store::keys;

constexpr Duration kEvery = std::chrono::minutes(1);
constexpr Duration kPause = std::chrono::milliseconds(100);  // for others, after each piece of work
constexpr std::size_t kAtOnce = 32;                          // removals of a commit

std::vector<std::string> content_keys(const std::string& uid,
                                      const std::vector<std::uint64_t>& revisions) {
  std::vector<std::string> all;
  all.reserve(revisions.size());
  for (auto revision : revisions) all.push_back(keys::content(uid, revision));
  return all;
}

}  // namespace

HistoryPruner::HistoryPruner(async::Loop& domain, store::Store& store, store::Catalog& catalog,
                             InUse in_use, KeptHistory kept)
    : domain_(domain),
      store_(store),
      catalog_(catalog),
      in_use_(std::move(in_use)),
      kept_(kept),
      tasks_(domain, "history pruner") {}

Task<> HistoryPruner::run() {
  for (;;) {
    auto slept = co_await domain_.sleep_for(kEvery);
    if (!slept) co_return;
    auto pruned = co_await prune();
    if (pruned) continue;
    if (pruned.error().code == Errc::cancelled) co_return;
    log::warning("the history cannot be pruned", {{"why", pruned.error().what}});
  }
}

Task<Result<>> HistoryPruner::prune() {
  auto snapshot = catalog_.snapshot();
  if (snapshot->revision == looked_at_) co_return Result<>();
  CO_TRY(co_await prune_services(snapshot));
  CO_TRY(co_await prune_gone_services(snapshot));
  CO_TRY(co_await prune_notices(snapshot));
  looked_at_ = snapshot->revision;
  co_return Result<>();
}

Task<Result<>> HistoryPruner::prune_services(store::SnapshotPtr snapshot) {
  for (const auto& [name, service] : snapshot->services) {
    const auto* stored = snapshot->revisions.find(service->head().uid);
    if (!stored || (*stored)->size() <= kept_.revisions) continue;
    auto removed = content_keys(service->head().uid, prunable(*service, *snapshot));
    // Which content is current was judged by the head.
    store::Guard guard{keys::service(name), service->head_modified()};
    CO_TRY(co_await remove(std::move(removed), std::move(guard)));
    CO_TRY(co_await domain_.sleep_for(kPause));
  }
  co_return Result<>();
}

// A uid never comes back, so nobody needs what is left of it.
Task<Result<>> HistoryPruner::prune_gone_services(store::SnapshotPtr snapshot) {
  std::unordered_set<std::string_view> there;
  for (const auto& item : snapshot->services) there.insert(item.value->head().uid);
  for (const auto& [uid, stored] : snapshot->revisions) {
    if (there.contains(uid)) continue;
    auto removed = content_keys(uid, *stored);
    CO_TRY(co_await remove(std::move(removed), std::nullopt));
  }
  co_return Result<>();
}

// Uids rise with time: the oldest come first.
Task<Result<>> HistoryPruner::prune_notices(store::SnapshotPtr snapshot) {
  std::vector<std::string> removed;
  for (const auto& item : snapshot->notices) {
    if (snapshot->notices.size() - removed.size() <= kept_.notices) break;
    removed.push_back(keys::notice(item.key));
  }
  return remove(std::move(removed), std::nullopt);
}

std::vector<std::uint64_t> HistoryPruner::prunable(const store::ServiceEntry& service,
                                                   const store::Snapshot& snapshot) const {
  std::vector<std::uint64_t> removed;
  auto in_use = in_use_(service, snapshot);
  in_use.revisions.insert(service.head().revision);
  auto kept = in_use.is_known_of_all ? kept_.revisions : kept_.revisions_in_doubt;
  const auto& stored = **snapshot.revisions.find(service.head().uid);
  for (std::size_t i = 0; i + kept < stored.size(); ++i)
    if (!in_use.revisions.contains(stored[i])) removed.push_back(stored[i]);
  return removed;
}

Task<Result<>> HistoryPruner::remove(std::vector<std::string> keys,
                                     std::optional<store::Guard> guard) {
  for (std::size_t at = 0; at < keys.size(); at += kAtOnce) {
    store::Commit commit;
    if (guard) commit.guards.push_back(*guard);
    for (auto i = at; i < std::min(at + kAtOnce, keys.size()); ++i)
      commit.writes.push_back({std::move(keys[i]), nullptr});
    auto committed = co_await store_.commit(std::move(commit));
    // Edited since: the next round decides anew.
    if (!committed && committed.error().code == Errc::conflict) co_return Result<>();
    if (!committed) co_return fail(committed.error());
    CO_TRY(co_await domain_.sleep_for(kPause));
  }
  co_return Result<>();
}

}  // namespace reeve::manager
