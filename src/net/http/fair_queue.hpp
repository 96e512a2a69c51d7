// Who waits for a turn, by where they come from: each address has its own queue, and they take
// turns, so that one who comes a thousand times waits for himself. One thread.
#pragma once

#include <cstddef>
#include <deque>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace reeve::net {

template <class T>
class FairQueue {
 public:
  void push(const std::string& from, T item) {
    queues_[from].push_back(std::move(item));
    ++size_;
  }

  /// The first of the address whose turn it is.
  std::optional<T> pop() {
    return pop_of([](const std::string&) { return true; });
  }

  /// As pop(), passing over the addresses that `may_come` says no to.
  template <class MayCome>
  std::optional<T> pop_of(MayCome may_come) {
    auto turn = queues_.upper_bound(last_);
    for (auto left = queues_.size();; --left, ++turn) {
      if (left == 0) return std::nullopt;
      if (turn == queues_.end()) turn = queues_.begin();
      if (may_come(turn->first)) break;
    }
    last_ = turn->first;
    auto item = std::move(turn->second.front());
    turn->second.pop_front();
    if (turn->second.empty()) queues_.erase(turn);
    --size_;
    return item;
  }

  /// Takes out the first ones of every address for as long as they are `wanted`.
  template <class Wanted>
  std::vector<T> take_first(Wanted wanted) {
    std::vector<T> taken;
    for (auto queue = queues_.begin(); queue != queues_.end();) {
      auto& items = queue->second;
      for (; !items.empty() && wanted(items.front()); items.pop_front(), --size_)
        taken.push_back(std::move(items.front()));
      queue = items.empty() ? queues_.erase(queue) : std::next(queue);
    }
    return taken;
  }

  std::size_t size() const { return size_; }

 private:
  std::map<std::string, std::deque<T>> queues_;  // none is empty
  std::string last_;                             // whose turn it was
  std::size_t size_ = 0;
};

}  // namespace reeve::net
