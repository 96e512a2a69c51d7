// KeyedLocks: one holder at a time for each key, in the order they came. Writers of one object wait
// here for each other instead of failing on each other's guards again and again. Domain loop.
#pragma once

#include "async/reply.hpp"

#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>

namespace reeve::manager {

class KeyedLocks {
 public:
  explicit KeyedLocks(async::Loop& domain) : domain_(domain) {}
  KeyedLocks(const KeyedLocks&) = delete;
  KeyedLocks& operator=(const KeyedLocks&) = delete;

  /// Releases its key when it ends; must not outlive the locks.
  class Held {
   public:
    Held(KeyedLocks& locks, std::string key) : locks_(&locks), key_(std::move(key)) {}
    Held(Held&& other) noexcept
        : locks_(std::exchange(other.locks_, nullptr)), key_(std::move(other.key_)) {}
    Held& operator=(Held&&) = delete;
    ~Held() {
      if (locks_) locks_->release(key_);
    }

   private:
    KeyedLocks* locks_;
    std::string key_;
  };

  /// Waits for those before it. Each ends with its commit, which may come late: the removal of a
  /// node holds it while its agent has time to answer.
  Task<Held> hold(std::string key);

 private:
  using Waiters = std::deque<std::shared_ptr<async::Reply<bool>>>;
  void release(const std::string& key);

  async::Loop& domain_;
  std::unordered_map<std::string, Waiters> held_;  // a key stands here while it is held
};

}  // namespace reeve::manager
