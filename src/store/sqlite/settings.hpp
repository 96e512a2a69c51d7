// How an embedded store is run. Plain values.
#pragma once

#include "store/history.hpp"

#include <chrono>
#include <cstddef>

namespace reeve::store {

enum class Synchronous {
  full,  // a commit is on the disk before it answers
  off    // benches only: a power cut loses what was answered
};

struct SqliteSettings {
  Synchronous synchronous = Synchronous::full;
  HistoryBound history{};
  /// The write-ahead log is copied into the database when it has grown to this, or when the store
  /// has been idle this long. Larger: fewer hiccups, a slower start after a crash.
  std::size_t largest_log = std::size_t{32} << 20;
  std::chrono::milliseconds idle_before_checkpoint{1000};
  /// How long open() waits for another process to let go of the file.
  std::chrono::milliseconds busy_timeout{500};
};

struct SqliteStatistics {
  std::uint64_t commits = 0;  // that got a revision
  std::uint64_t batches = 0;  // transactions, each with one flush of the disk
};

}  // namespace reeve::store
