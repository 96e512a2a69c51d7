// The event loop of the agents: level-triggered epoll and timers, and nothing else, so that the
// load side costs little beside what is measured. One thread, which is inside run().
#pragma once

#include "base/time.hpp"
#include "sys/clock.hpp"

#include <cstdint>
#include <functional>
#include <map>

namespace reeve::bench {

class Epoll {
 public:
  class Watcher {
   public:
    /// May destroy this watcher, and no other.
    virtual void on_ready(std::uint32_t events) = 0;

   protected:
    ~Watcher() = default;
  };

  Epoll();
  ~Epoll();
  Epoll(const Epoll&) = delete;
  Epoll& operator=(const Epoll&) = delete;

  /// Until the descriptor is closed; `watcher` must live so long.
  void watch(int fd, std::uint32_t events, Watcher& watcher);
  void change(int fd, std::uint32_t events, Watcher& watcher);
  void call_after(Duration wait, std::function<void()> work);

  /// Until a signal ends the process.
  [[noreturn]] void run();

 private:
  void control(int operation, int fd, std::uint32_t events, Watcher& watcher);
  void fire_due();
  /// Milliseconds, rounded up: a timer never finds itself too early.
  int until_next() const;

  int epoll_;
  sys::SystemClock clock_;
  std::multimap<Instant, std::function<void()>> timers_;
};

}  // namespace reeve::bench
