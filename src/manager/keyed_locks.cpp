#include "manager/keyed_locks.hpp"

#include "base/check.hpp"

namespace reeve::manager {

Task<KeyedLocks::Held> KeyedLocks::hold(std::string key) {
  auto [at, is_free] = held_.try_emplace(key);
  if (!is_free) {
    // Shared with the holder before, who hands the key over.
    auto turn = std::make_shared<async::Reply<bool>>(domain_);
    at->second.push_back(turn);
    [[maybe_unused]] bool is_mine = co_await turn->wait();
  }
  co_return Held(*this, std::move(key));
}

void KeyedLocks::release(const std::string& key) {
  auto at = held_.find(key);
  CHECK(at != held_.end());
  if (at->second.empty()) {
    held_.erase(at);
    return;
  }
  auto next = std::move(at->second.front());
  at->second.pop_front();
  next->set(true);
}

}  // namespace reeve::manager
