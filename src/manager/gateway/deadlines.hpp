// Many deadlines of one length: each touch moves a key to the end, so that the earliest is always
// in front and a sweep looks at what is over alone. Ten thousand need one timer. One thread.
#pragma once

#include "base/time.hpp"

#include <list>
#include <unordered_map>
#include <vector>

namespace reeve::manager {

template <class Key>
class Deadlines {
 public:
  explicit Deadlines(Duration length) : length_(length) {}

  /// `key` has its whole length again from `now` on; times given must not go back.
  void touch(const Key& key, Instant now) {
    Instant due = now + length_ - postponed_;
    auto [found, is_new] = places_.try_emplace(key);
    if (is_new)
      found->second = order_.insert(order_.end(), {key, due});
    else
      order_.splice(order_.end(), order_, found->second);
    found->second->due = due;
  }

  void remove(const Key& key) {
    auto found = places_.find(key);
    if (found == places_.end()) return;
    order_.erase(found->second);
    places_.erase(found);
  }

  /// Gives all that stand now so much longer: we were late ourselves.
  void postpone(Duration by) { postponed_ += by; }

  /// Those whose time is over, taken out.
  std::vector<Key> take_expired(Instant now) {
    std::vector<Key> expired;
    while (!order_.empty() && order_.front().due + postponed_ <= now) {
      expired.push_back(order_.front().key);
      places_.erase(order_.front().key);
      order_.pop_front();
    }
    return expired;
  }

  bool contains(const Key& key) const { return places_.contains(key); }

 private:
  struct Item {
    Key key;
    Instant due;  // less what all were postponed by before it was set
  };

  Duration length_;
  Duration postponed_{};
  std::list<Item> order_;  // by due
  std::unordered_map<Key, typename std::list<Item>::iterator> places_;
};

}  // namespace reeve::manager
