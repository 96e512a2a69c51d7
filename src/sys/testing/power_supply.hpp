// The power of a disk that forgets: it goes after so many more changes, and is back when the test
// says so. Any thread.
#pragma once

#include <cstddef>
#include <mutex>
#include <optional>

namespace reeve::sys::testing {

/// As a change finds it; `going`: in its middle.
enum class Power { on, going, off };

class PowerSupply {
 public:
  /// So many more changes, flushes among them, go well. The next one and all that follow fail.
  void cut_after(std::size_t changes) {
    std::lock_guard lock(mutex_);
    changes_left_ = changes;
  }
  void bring_back() {
    std::lock_guard lock(mutex_);
    changes_left_.reset();
    is_cut_ = false;
  }
  bool is_cut() const {
    std::lock_guard lock(mutex_);
    return is_cut_;
  }
  /// That there ever were.
  std::size_t changes() const {
    std::lock_guard lock(mutex_);
    return changes_;
  }

  /// For one change.
  Power spend() {
    std::lock_guard lock(mutex_);
    ++changes_;
    if (is_cut_) return Power::off;
    if (!changes_left_) return Power::on;
    if (*changes_left_ > 0) {
      --*changes_left_;
      return Power::on;
    }
    is_cut_ = true;
    return Power::going;
  }

 private:
  mutable std::mutex mutex_;
  std::optional<std::size_t> changes_left_;
  std::size_t changes_ = 0;
  bool is_cut_ = false;
};

}  // namespace reeve::sys::testing
