#include "manager/audit_pruner.hpp"

#include "base/log.hpp"
#include "store/catalog/keys.hpp"

#include <algorithm>

namespace reeve::manager {
namespace {

// About the size of the value's text; exact would cost writing it.
std::size_t weigh(const json::Value& value) {
  if (const auto* text = value.if_string()) return text->size() + 2;
  std::size_t sum = 8;
  if (const auto* array = value.if_array())
    for (const auto& element : *array) sum += weigh(element);
  if (const auto* object = value.if_object())
    for (const auto& member : *object) sum += member.key().size() + 4 + weigh(member.value());
  return sum;
}

}  // namespace

AuditPruner::AuditPruner(async::Loop& domain, store::Store& store, store::Catalog& catalog,
                         AuditBound bound)
    : store_(store), bound_(bound), tasks_(domain, "audit log") {
  auto now = catalog.snapshot();
  for (const auto& item : now->audit) add(item.key, *now);
  catalog.on_change([this](const store::Snapshot&, const store::SnapshotPtr& after,
                           const store::Touched& touched) { follow(*after, touched); });
}

void AuditPruner::add(const std::string& uid, const store::Snapshot& now) {
  constexpr std::size_t kPlain = 300;  // the other fields of an entry
  const auto* entry = now.audit.find(uid);
  if (!entry) return;
  const auto& value = (*entry)->value;
  auto size =
      kPlain + value.object.size() + value.why.size() + weigh(value.before) + weigh(value.after);
  bool is_refusal = value.refused;
  known_.push_back({uid, size, is_refusal});
  bytes_ += size;
  if (is_refusal) ++refusals_;
}

void AuditPruner::follow(const store::Snapshot& now, const store::Touched& touched) {
  for (const auto& uid : touched.audit)
    if (known_.empty() || uid > known_.back().uid) add(uid, now);
  // So many at a time that the commits that remove are few beside those that add.
  if (is_removing_ || !is_over()) return;
  is_removing_ = true;
  tasks_.start(remove_oldest());
}

bool AuditPruner::is_over() const {
  return known_.size() >= bound_.entries + kAtOnce || bytes_ > bound_.bytes || has_many_refusals();
}

std::vector<std::string> AuditPruner::next_removed() const {
  std::vector<std::string> removed;
  bool takes_all = !has_many_refusals();
  for (const auto& entry : known_) {
    if (removed.size() == kAtOnce) break;
    if (takes_all || entry.is_refusal) removed.push_back(entry.uid);
  }
  return removed;
}

void AuditPruner::forget(const std::vector<std::string>& removed) {
  std::erase_if(known_, [&](const Known& entry) {
    if (!std::ranges::binary_search(removed, entry.uid)) return false;
    bytes_ -= entry.size;
    if (entry.is_refusal) --refusals_;
    return true;
  });
}

Task<> AuditPruner::remove_oldest() {
  while (is_over() && !known_.empty()) {
    auto removed = next_removed();
    store::Commit commit;
    for (const auto& uid : removed) commit.writes.push_back({store::keys::audit(uid), nullptr});
    auto committed = co_await store_.commit(std::move(commit));
    if (!committed) {
      log::warning("old entries of the audit log are not removed",
                   {{"why", committed.error().what}});
      break;
    }
    forget(removed);
  }
  is_removing_ = false;
}

}  // namespace reeve::manager
