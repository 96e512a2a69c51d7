// Readable: waits in a coroutine until a descriptor of the system's has something to read: a pipe,
// a program that has ended (pidfd), watched folders. Reading is the caller's. Loop thread only.
#pragma once

#include "async/loop.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>

namespace reeve::async {

class Readable {
 public:
  /// `fd` stays its owner's, who must outlive this.
  Readable(Loop& loop, int fd) : descriptor_(loop.context(), fd) {}
  ~Readable() { descriptor_.release(); }
  Readable(const Readable&) = delete;
  Readable& operator=(const Readable&) = delete;

  /// `cancelled` when the waiting task is cancelled. One waiter at a time.
  Task<Result<>> wait();

 private:
  boost::asio::posix::stream_descriptor descriptor_;
};

}  // namespace reeve::async
