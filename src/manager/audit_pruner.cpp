#include "manager/audit_pruner.hpp"

#include "base/log.hpp"
#include "store/catalog/keys.hpp"

namespace reeve::manager {

AuditPruner::AuditPruner(async::Loop& domain, store::Store& store, store::Catalog& catalog,
                         AuditBound bound)
    : store_(store), catalog_(catalog), bound_(bound), tasks_(domain, "audit log") {
  auto now = catalog.snapshot();
  for (const auto& item : now->audit) add(*item.value);
  catalog.on_change([this](const store::Snapshot& before, const store::SnapshotPtr& after,
                           const store::Touched& touched) { follow(before, *after, touched); });
}

void AuditPruner::add(const store::AuditRecord& record) {
  ++entries_;
  bytes_ += store::footprint(record);
  if (record.index.refused) ++refusals_;
}

void AuditPruner::subtract(const store::AuditRecord& record) {
  --entries_;
  bytes_ -= store::footprint(record);
  if (record.index.refused) --refusals_;
}

void AuditPruner::follow(const store::Snapshot& before, const store::Snapshot& after,
                         const store::Touched& touched) {
  for (const auto& uid : touched.audit) {
    if (const auto* old = before.audit.find(uid)) subtract(**old);
    if (const auto* now = after.audit.find(uid)) add(**now);
  }
  // So many at a time that the commits that remove are few beside those that add.
  if (is_removing_ || !is_over()) return;
  is_removing_ = true;
  tasks_.start(remove_oldest());
}

bool AuditPruner::is_over() const {
  return entries_ >= bound_.entries + kAtOnce || bytes_ > bound_.bytes || has_many_refusals();
}

store::Commit AuditPruner::removal() const {
  store::Commit commit;
  bool takes_all = !has_many_refusals();
  auto snapshot = catalog_.snapshot();
  for (const auto& [uid, record] : snapshot->audit) {
    if (commit.writes.size() == kAtOnce) break;
    if (takes_all || record->index.refused)
      commit.writes.push_back({store::keys::audit(uid), nullptr});
  }
  return commit;
}

Task<> AuditPruner::remove_oldest() {
  while (is_over() && entries_ > 0) {
    auto committed = co_await store_.commit(removal());
    if (!committed) {
      log::warning("old entries of the audit log are not removed",
                   {{"why", committed.error().what}});
      break;
    }
    auto reached = co_await catalog_.reached(*committed);
    if (!reached) break;
  }
  is_removing_ = false;
}

}  // namespace reeve::manager
