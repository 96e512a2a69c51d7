#include "store/leases.hpp"

#include <utility>

namespace reeve::store {
namespace {

constexpr Duration kTryAgain = std::chrono::seconds(1);

Failure ended(LeaseId lease) { return fail(Errc::not_found, "lease {} has ended", lease); }

}  // namespace

Leases::Leases(async::Loop& loop, std::function<void(LeaseId)> expired)
    : loop_(loop), expired_(std::move(expired)) {}

Leases::~Leases() {
  for (const auto& [id, lease] : standing_) loop_.cancel(lease.timer);
  for (const auto& [id, timer] : ending_) loop_.cancel(timer);
}

Result<LeaseId> Leases::grant(Duration ttl) {
  if (ttl <= Duration::zero())
    return fail(Errc::invalid, "expected a lease of more than 0 ns, got {} ns", ttl.count());
  ++last_;
  standing_[last_] = {ttl, end_after(ttl, last_)};
  return last_;
}

Result<> Leases::keep_alive(LeaseId lease) {
  auto found = standing_.find(lease);
  if (found == standing_.end()) return ended(lease);
  loop_.cancel(found->second.timer);
  found->second.timer = end_after(found->second.ttl, lease);
  return {};
}

Result<> Leases::revoke(LeaseId lease) {
  auto found = standing_.find(lease);
  if (found == standing_.end()) return ended(lease);
  loop_.cancel(found->second.timer);
  standing_.erase(found);
  return {};
}

Result<> Leases::check(const Commit& commit) const {
  for (const auto& write : commit.writes) {
    if (write.lease == 0 || standing_.contains(write.lease)) continue;
    return fail_at(write.key, Errc::not_found, "lease {} of \"{}\" has ended", write.lease,
                   write.key);
  }
  return {};
}

void Leases::end_again(LeaseId lease) { ending_[lease] = end_after(kTryAgain, lease); }

async::Loop::TimerKey Leases::end_after(Duration wait, LeaseId lease) {
  return loop_.call_after(wait, [this, lease] {
    standing_.erase(lease);
    ending_.erase(lease);
    expired_(lease);
  });
}

}  // namespace reeve::store
