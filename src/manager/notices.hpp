// Raises notices: writes them into the store, and keeps something that goes wrong again and again
// from filling it. Domain loop.
#pragma once

#include "async/task_group.hpp"
#include "manager/rate_limit.hpp"
#include "model/record.hpp"
#include "store/store.hpp"

#include <string>

namespace reeve::manager {

class Notices {
 public:
  Notices(async::Loop& domain, store::Store& store);

  /// Fills in uid and time and writes it soon; a failure to write is logged. Notices of one kind
  /// and link are written once in ten minutes.
  void raise(model::Notice notice);

  Task<Result<>> stop(Duration limit) { return tasks_.stop(limit); }

 private:
  Task<> write(model::Notice notice);

  async::Loop& domain_;
  store::Store& store_;
  RateLimit limit_;
  async::TaskGroup tasks_;
};

}  // namespace reeve::manager
