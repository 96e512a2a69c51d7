#include "agent/upkeep/repair_budget.hpp"

namespace reeve::agent {

Instant RepairBudget::next(const std::string& path, Instant now) {
  auto found = spent_.find(path);
  if (found == spent_.end()) return Instant::min();
  auto& times = found->second;
  while (!times.empty() && times.front() + kWindow <= now) times.pop_front();
  auto next = times.size() < kMost ? Instant::min() : times.front() + kWindow;
  if (times.empty()) spent_.erase(found);
  return next;
}

}  // namespace reeve::agent
