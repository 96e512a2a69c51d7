#include "manager/api/audit_log.hpp"

#include "base/log.hpp"
#include "store/catalog/keys.hpp"

#include <algorithm>

namespace reeve::manager::api {
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

AuditLog::AuditLog(async::Loop& domain, store::Store& store, store::Catalog& catalog,
                   AuditBound bound)
    : store_(store), bound_(bound), tasks_(domain, "audit log") {
  auto now = catalog.snapshot();
  for (const auto& item : now->audit) add(item.key, *now);
  catalog.on_change([this](const store::Snapshot&, const store::SnapshotPtr& after,
                           const store::Touched& touched) { follow(*after, touched); });
}

void AuditLog::add(const std::string& uid, const store::Snapshot& now) {
  constexpr std::size_t kPlain = 300;  // the other fields of an entry
  const auto* entry = now.audit.find(uid);
  if (!entry) return;
  auto size = kPlain + weigh((*entry)->value.before) + weigh((*entry)->value.after);
  known_.push_back({uid, size});
  bytes_ += size;
}

void AuditLog::follow(const store::Snapshot& now, const store::Touched& touched) {
  for (const auto& uid : touched.audit)
    if (known_.empty() || uid > known_.back().uid) add(uid, now);
  // So many at a time that the commits that remove are few beside those that add.
  if (is_removing_ || !is_over()) return;
  is_removing_ = true;
  tasks_.start(remove_oldest());
}

bool AuditLog::is_over() const {
  return known_.size() >= bound_.entries + kAtOnce || bytes_ > bound_.bytes;
}

Task<> AuditLog::remove_oldest() {
  while (is_over() && !known_.empty()) {
    store::Commit commit;
    auto count = std::min(kAtOnce, known_.size());
    for (std::size_t i = 0; i < count; ++i)
      commit.writes.push_back({store::keys::audit(known_[i].uid), nullptr});
    auto removed = co_await store_.commit(std::move(commit));
    if (!removed) {
      log::warning("old entries of the audit log are not removed", {{"why", removed.error().what}});
      break;
    }
    for (std::size_t i = 0; i < count; ++i) {
      bytes_ -= known_.front().size;
      known_.pop_front();
    }
  }
  is_removing_ = false;
}

}  // namespace reeve::manager::api
