// How often a file is put back that somebody else keeps changing: two who both insist would
// otherwise rewrite it for ever. Pure; domain loop.
#pragma once

#include "base/time.hpp"

#include <chrono>
#include <cstddef>
#include <deque>
#include <map>
#include <string>

namespace reeve::agent {

class RepairBudget {
 public:
  static constexpr std::size_t kMost = 5;
  static constexpr Duration kWindow = std::chrono::minutes(1);

  /// Instant::min() if the file may be put back at `now`, else when it may be.
  Instant next(const std::string& path, Instant now);
  void spend(const std::string& path, Instant now) { spent_[path].push_back(now); }

 private:
  std::map<std::string, std::deque<Instant>> spent_;
};

}  // namespace reeve::agent
