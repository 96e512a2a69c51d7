// The writing end of a streaming answer, given to Response::stream. A small value that must not
// outlive the task it was given to. Its I/O loop only.
#pragma once

#include "async/loop.hpp"
#include "async/task.hpp"

#include <string>

namespace reeve::net {

/// What carries a streaming answer; implemented by the server's connection.
class StreamSink {
 public:
  virtual ~StreamSink() = default;
  virtual Task<Result<>> write(std::string text) = 0;
  virtual void cut() = 0;
  virtual async::Loop& loop() = 0;
};

class StreamWriter {
 public:
  explicit StreamWriter(StreamSink& sink) : sink_(&sink) {}

  /// Waits until the system took all of it, so a slow reader slows the writer. `unavailable` once
  /// the client is gone, `cancelled` when the server stops: end the task then.
  Task<Result<>> write(std::string text) { return sink_->write(std::move(text)); }

  /// The answer ends here and is not whole: its reader gets an error instead of a good end. For
  /// the task that returns then.
  void cut() { sink_->cut(); }

  async::Loop& loop() const { return sink_->loop(); }

 private:
  StreamSink* sink_;
};

}  // namespace reeve::net
