// What a role runs on: the domain loop, the I/O loops, the pool for blocking work, and the signals
// that end the process. Built by the commands dev, manager and agent before the role itself, and
// destroyed after it. The thread that calls run() becomes the domain loop's.
#pragma once

#include "async/call.hpp"
#include "async/notifier.hpp"
#include "async/run_to_end.hpp"
#include "async/signals.hpp"
#include "net/io_loops.hpp"
#include "sys/clock.hpp"

#include <cstddef>

namespace reeve::cli {

class Host {
 public:
  /// `io_threads` as net::IoLoops has it.
  explicit Host(std::size_t io_threads = 0);
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  async::Loop& domain() { return domain_; }
  net::IoLoops& io() { return io_; }
  async::BlockingPool& pool() { return pool_; }
  const sys::Clock& clock() const { return clock_; }

  /// The role's whole life; after it nothing happens here any more.
  template <class T>
  T run(Task<T> task) {
    auto outcome = async::run_to_end(domain_, std::move(task));
    end();
    return outcome;
  }

  /// Until SIGINT or SIGTERM. A second signal ends the process on the spot.
  Task<> until_told_to_end();
  bool is_told_to_end() const { return signals_seen_ > 0; }

 private:
  void end();
  void on_signal(int number);

  sys::SystemClock clock_;
  async::Loop domain_;
  net::IoLoops io_;
  async::BlockingPool pool_;
  int signals_seen_ = 0;
  async::Notifier told_;
  async::Signals signals_;
};

}  // namespace reeve::cli
