// Sends a process' output to whoever reads it, as fast as that reads. On the loop that it is given.
#pragma once

#include "async/call.hpp"
#include "supervise/log_reader.hpp"

#include <functional>
#include <memory>
#include <string>

namespace reeve::agent {

class LogStream {
 public:
  /// How soon a follower sees what was written.
  static constexpr Duration kLookAgain = std::chrono::milliseconds(100);

  using Write = std::function<Task<Result<>>(std::string)>;

  /// `pool` must outlive this, and this what it sends.
  LogStream(async::BlockingPool& pool, supervise::LogPlace place, supervise::LogChoice choice,
            bool follows);

  /// All that there is; then, if it follows, what comes, until it is cancelled or `write` fails.
  Task<Result<>> send(async::Loop& loop, Write write);

 private:
  async::BlockingPool& pool_;
  std::shared_ptr<supervise::LogReader> reader_;  // shared with a read that nobody waits for
  bool follows_;
};

}  // namespace reeve::agent
