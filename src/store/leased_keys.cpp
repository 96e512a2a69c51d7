#include "store/leased_keys.hpp"

namespace reeve::store {

Result<> LeasedKeys::check(const Commit& commit) const {
  std::map<LeaseId, std::set<std::string>> after;
  for (const auto& write : commit.writes) {
    if (write.lease == 0 || !write.value) continue;
    auto [keys, is_first] = after.try_emplace(write.lease);
    if (auto now = keys_.find(write.lease); is_first && now != keys_.end())
      keys->second = now->second;
    keys->second.insert(write.key);
    if (keys->second.size() > Limits::operations)
      return fail_at(write.key, Errc::too_large,
                     "lease {} would have more than {} keys with \"{}\"", write.lease,
                     Limits::operations, write.key);
  }
  return {};
}

void LeasedKeys::note(const Write& write) {
  if (auto old = leases_.find(write.key); old != leases_.end()) {
    auto keys = keys_.find(old->second);
    keys->second.erase(write.key);
    if (keys->second.empty()) keys_.erase(keys);
    leases_.erase(old);
  }
  if (write.lease == 0 || !write.value) return;
  leases_[write.key] = write.lease;
  keys_[write.lease].insert(write.key);
}

std::vector<Write> LeasedKeys::removals(LeaseId lease) const {
  std::vector<Write> writes;
  auto keys = keys_.find(lease);
  if (keys == keys_.end()) return writes;
  for (const auto& key : keys->second) writes.push_back({key, nullptr});
  return writes;
}

}  // namespace reeve::store
