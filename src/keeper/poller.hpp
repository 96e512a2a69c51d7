// epoll, with what a descriptor is for in its data: a wake-up finds its process by number, so the
// work does not grow with how many there are, and the set survives the keeper's exec of itself.
// The keeper's thread alone.
#pragma once

#include "base/unique_fd.hpp"

#include <sys/epoll.h>

#include <cstdint>

namespace reeve::keeper {

enum class Watch : std::uint32_t { guardian, signals, listener, client, process, out, err };

class Poller {
 public:
  Poller() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {}
  explicit Poller(int handed) : epoll_(handed) {}

  void add(int fd, Watch watch, std::uint32_t index, std::uint32_t events = EPOLLIN) {
    auto event = make(watch, index, events);
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event);
  }
  void change(int fd, Watch watch, std::uint32_t index, std::uint32_t events) {
    auto event = make(watch, index, events);
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event);
  }
  void remove(int fd) { ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr); }
  int wait(epoll_event* out, int room, int timeout_ms) {
    return ::epoll_wait(epoll_.get(), out, room, timeout_ms);
  }
  static Watch watch(const epoll_event& event) { return Watch(event.data.u64 >> 32); }
  static std::uint32_t index(const epoll_event& event) {
    return static_cast<std::uint32_t>(event.data.u64);
  }
  int fd() const { return epoll_.get(); }

 private:
  static epoll_event make(Watch watch, std::uint32_t index, std::uint32_t events) {
    epoll_event event{};
    event.events = events;
    event.data.u64 = std::uint64_t{static_cast<std::uint32_t>(watch)} << 32 | index;
    return event;
  }

  UniqueFd epoll_;
};

}  // namespace reeve::keeper
