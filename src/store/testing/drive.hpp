// Drives a store from a test: runs the loop until a task has ended, also when the answer comes from
// a thread of the engine. One thread; virtual time stands still meanwhile.
#pragma once

#include "async/testing/virtual_loop.hpp"
#include "store/store.hpp"

#include <chrono>
#include <functional>
#include <stdexcept>
#include <utility>
#include <vector>

namespace reeve::store::testing {

using async::testing::VirtualLoop;

/// Runs what comes until `done`; throws if it does not come true.
inline void run_until(VirtualLoop& loop, const std::function<bool()>& done) {
  loop.settle();
  while (!done()) {
    auto work = boost::asio::make_work_guard(loop.context());
    loop.context().restart();
    if (loop.context().run_one_for(std::chrono::seconds(60)) == 0)
      throw std::runtime_error("waited for the store in vain");
    loop.settle();
  }
}

template <class T>
T await(VirtualLoop& loop, Task<T> task) {
  auto outcome = loop.start(std::move(task));
  run_until(loop, [&] { return outcome.is_done(); });
  return std::move(outcome.value());
}

inline Write put(std::string key, std::string value) {
  return {std::move(key), bytes(std::move(value))};
}
inline Write removal(std::string key) { return {std::move(key), nullptr}; }

/// A watch's hearing, in order.
struct Heard {
  std::vector<Batch> batches;
  int compacted = 0;

  Watcher watcher() {
    return {[this](std::vector<Batch> news) {
              for (auto& batch : news) batches.push_back(std::move(batch));
            },
            [this] { ++compacted; }};
  }
  bool has_reached(Revision revision) const {
    return !batches.empty() && batches.back().revision >= revision;
  }
  std::vector<Revision> revisions() const {
    std::vector<Revision> all;
    all.reserve(batches.size());
    for (const auto& batch : batches) all.push_back(batch.revision);
    return all;
  }
};

}  // namespace reeve::store::testing
