// Notices when somebody sets the machine's clock, so that the manager hears of it, and says when
// the clock cannot be right. Domain loop.
#pragma once

#include "async/loop.hpp"
#include "async/task_group.hpp"
#include "sys/clock.hpp"

#include <functional>

namespace reeve::agent {

class ClockWatch {
 public:
  /// `built`: it is later than that. `on_set` is told what the clock says now.
  ClockWatch(async::Loop& loop, WallTime built, std::function<void(WallTime)> on_set);

  void start();
  Task<Result<>> stop(Duration limit) { return tasks_.stop(limit); }

 private:
  Task<> run();
  void warn_if_wrong();

  async::Loop& loop_;
  WallTime built_;
  std::function<void(WallTime)> on_set_;
  sys::ClockComparison comparison_;
  bool is_told_ = false;
  async::TaskGroup tasks_;
};

}  // namespace reeve::agent
