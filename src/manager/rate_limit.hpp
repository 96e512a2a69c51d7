// At most so many in a window, for each key: what keeps a bad peer from filling a log. Remembers a
// bounded number of keys. One thread.
#pragma once

#include "base/time.hpp"

#include <cstddef>
#include <string>
#include <unordered_map>

namespace reeve::manager {

class RateLimit {
 public:
  struct Settings {
    std::size_t each = 10;  // of one key in a window
    std::size_t all = 100;  // of all keys together
    Duration window = std::chrono::minutes(1);
  };

  explicit RateLimit(Settings settings) : settings_(settings) {}

  /// Counts one more and says whether it is within the limit.
  bool allow(const std::string& key, Instant now);

 private:
  Settings settings_;
  Instant began_{};
  std::size_t all_ = 0;
  std::unordered_map<std::string, std::size_t> counts_;
};

}  // namespace reeve::manager
