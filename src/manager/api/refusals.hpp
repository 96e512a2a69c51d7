// Refusals: writes requests that were refused into the log and the audit log, at a bounded rate, so
// that nobody fills the disk by guessing tokens. Owned by the Api; any thread.
#pragma once

#include "async/task_group.hpp"
#include "manager/api/context.hpp"
#include "manager/rate_limit.hpp"

#include <memory>
#include <mutex>
#include <string>

namespace reeve::manager::api {

class Refusals {
 public:
  Refusals(async::Loop& domain, const sys::Clock& clock, Editor& editor);

  void note(const net::Request& request, const Caller& caller, const Error& why);

  /// Waits for what is being written. Domain loop.
  Task<Result<>> stop(Duration limit) { return tasks_->stop(limit); }

 private:
  bool is_within_limits(const std::string& from);

  async::Loop& domain_;
  const sys::Clock& clock_;
  Editor& editor_;
  std::shared_ptr<async::TaskGroup> tasks_;  // shared with what is on its way to the domain loop
  std::mutex mutex_;
  RateLimit limit_{RateLimit::Settings{}};
};

}  // namespace reeve::manager::api
