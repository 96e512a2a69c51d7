// The I/O loops of a process: threads that carry sockets, TLS and the parsing of HTTP and frames,
// so that the domain loop sees decoded messages only. Built by main before what uses it, destroyed
// after it.
#pragma once

#include "async/loop.hpp"

#include <atomic>
#include <cstddef>
#include <memory>
#include <thread>
#include <vector>

namespace reeve::net {

class IoLoops {
 public:
  /// Starts the threads; 0 means one less than the machine has cores, but at least one. `clock`
  /// must outlive this. Ignores SIGPIPE for the whole process: OpenSSL writes to sockets itself.
  explicit IoLoops(const sys::Clock& clock, std::size_t threads = 0);
  ~IoLoops();
  IoLoops(const IoLoops&) = delete;
  IoLoops& operator=(const IoLoops&) = delete;

  std::size_t size() const { return loops_.size(); }
  async::Loop& at(std::size_t index) { return *loops_[index]; }
  /// One after the other. Any thread.
  async::Loop& next() { return *loops_[next_.fetch_add(1) % loops_.size()]; }

  /// Ends and joins the threads; what still waits on the loops is dropped. Not from a loop's
  /// thread.
  void stop();

 private:
  std::vector<std::unique_ptr<async::Loop>> loops_;
  std::vector<std::thread> threads_;
  std::atomic<std::size_t> next_ = 0;
};

}  // namespace reeve::net
