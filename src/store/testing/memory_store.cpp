#include "store/testing/memory_store.hpp"

#include "base/check.hpp"
#include "store/limits.hpp"

#include <algorithm>
#include <utility>

namespace reeve::store::testing {

MemoryStore::MemoryStore(async::Loop& loop, HistoryBound bound)
    : loop_(loop),
      leases_(loop,
              [this](LeaseId lease) {
                if (!is_stopping_) queue({}, lease);
              }),
      bound_(bound),
      history_(std::in_place, loop, 0, bound),
      idle_(loop) {}

MemoryStore::~MemoryStore() {
  for (auto& call : calls_) loop_.cancel(call->timer);
}

Task<Result<Revision>> MemoryStore::commit(Commit commit) {
  if (is_stopping_) co_return stopped();
  CO_TRY(check_commit(commit));
  CO_TRY(leases_.check(commit));
  auto call = queue(std::move(commit), 0);
  auto outcome = co_await call->reply.wait();
  co_return outcome;
}

std::shared_ptr<MemoryStore::Call> MemoryStore::queue(Commit commit, LeaseId ends) {
  auto call = std::make_shared<Call>(loop_, std::move(commit));
  call->ends = ends;
  // Never before an earlier call, even if the delay became shorter since.
  last_due_ = std::max(last_due_, loop_.now() + delay_);
  call->timer = loop_.call_at(last_due_, [this] { perform_next(); });
  calls_.push_back(call);
  return call;
}

void MemoryStore::perform_next() {
  auto call = calls_.front();
  auto outcome = perform(*call);
  if (!outcome && call->ends != 0) leases_.end_again(call->ends);
  calls_.pop_front();
  call->reply.set(std::move(outcome));
  if (calls_.empty()) idle_.notify_all();
}

Result<Revision> MemoryStore::perform(Call& call) {
  if (call.ends != 0) {
    call.commit.writes = leased_.removals(call.ends);
    if (call.commit.writes.empty()) return head();
  }
  TRY_ASSIGN(auto batch, apply(call.commit));
  std::vector<Batch> news;
  news.push_back(std::move(batch));
  history_->add(std::move(news));
  return head();
}

Result<Batch> MemoryStore::apply(Commit& commit) {
  for (const auto& guard : commit.guards) {
    auto entry = entries_.find(guard.key);
    Revision found = entry == entries_.end() ? 0 : entry->second.modified;
    if (found != guard.modified) return conflict(guard, found);
  }
  TRY(leased_.check(commit));
  if (!failures_.empty()) {
    auto failure = std::move(failures_.front());
    failures_.pop_front();
    return fail(std::move(failure));
  }
  Batch batch{head() + 1, {}};
  for (auto& write : commit.writes) {
    leased_.note(write);
    if (!write.value) {
      if (entries_.erase(write.key) == 0) continue;
    } else {
      auto& entry = entries_[write.key];
      Revision created = entry.created == 0 ? batch.revision : entry.created;
      entry = {write.key, write.value, created, batch.revision};
    }
    batch.writes.push_back(std::move(write));
  }
  return batch;
}

Task<Result<std::optional<Entry>>> MemoryStore::read(std::string key) {
  if (is_stopping_) co_return stopped();
  auto entry = entries_.find(key);
  if (entry == entries_.end()) co_return std::nullopt;
  co_return entry->second;
}

Task<Result<Listing>> MemoryStore::list(std::string prefix) {
  if (is_stopping_) co_return stopped();
  Listing listing{head(), {}};
  for (auto at = entries_.lower_bound(prefix); at != entries_.end(); ++at) {
    if (!at->first.starts_with(prefix)) break;
    listing.entries.push_back(at->second);
  }
  co_return listing;
}

std::unique_ptr<Watch> MemoryStore::watch(Revision after, Watcher watcher) {
  return history_->watch(after, std::move(watcher));
}

Task<Result<>> MemoryStore::compact(Revision upto) {
  if (is_stopping_) co_return stopped();
  co_return history_->compact(upto);
}

Task<Result<LeaseId>> MemoryStore::grant(Duration ttl) {
  if (is_stopping_) co_return stopped();
  co_return leases_.grant(ttl);
}

Task<Result<>> MemoryStore::keep_alive(LeaseId lease) {
  if (is_stopping_) co_return stopped();
  co_return leases_.keep_alive(lease);
}

Task<Result<>> MemoryStore::revoke(LeaseId lease) {
  if (is_stopping_) co_return stopped();
  CO_TRY(leases_.revoke(lease));
  auto call = queue({}, lease);
  auto outcome = co_await call->reply.wait();
  if (!outcome) co_return fail(outcome.error());
  co_return Result<>();
}

void MemoryStore::put_back(Image image) {
  CHECK(calls_.empty());
  entries_ = std::move(image.entries);
  leased_ = {};
  history_.emplace(loop_, image.head, bound_);
}

Task<Result<>> MemoryStore::stop() {
  is_stopping_ = true;
  while (!calls_.empty()) CO_TRY(co_await idle_.wait());
  co_return Result<>();
}

}  // namespace reeve::store::testing
