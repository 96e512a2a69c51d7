#include "reeve_bench/epoll.hpp"

#include "base/check.hpp"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace reeve::bench {

Epoll::Epoll() : epoll_(epoll_create1(EPOLL_CLOEXEC)) { CHECK(epoll_ >= 0); }

Epoll::~Epoll() { close(epoll_); }

void Epoll::watch(int fd, std::uint32_t events, Watcher& watcher) {
  control(EPOLL_CTL_ADD, fd, events, watcher);
}

void Epoll::change(int fd, std::uint32_t events, Watcher& watcher) {
  control(EPOLL_CTL_MOD, fd, events, watcher);
}

void Epoll::control(int operation, int fd, std::uint32_t events, Watcher& watcher) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = &watcher;
  CHECK(epoll_ctl(epoll_, operation, fd, &event) == 0);
}

void Epoll::call_after(Duration wait, std::function<void()> work) {
  timers_.emplace(clock_.now() + wait, std::move(work));
}

void Epoll::run() {
  std::array<epoll_event, 512> events;
  for (;;) {
    int ready = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), until_next());
    CHECK(ready >= 0 || errno == EINTR);
    for (int i = 0; i < ready; ++i) {
      const auto& event = events[static_cast<std::size_t>(i)];
      static_cast<Watcher*>(event.data.ptr)->on_ready(event.events);
    }
    fire_due();
  }
}

void Epoll::fire_due() {
  auto now = clock_.now();
  while (!timers_.empty() && timers_.begin()->first <= now)
    timers_.extract(timers_.begin()).mapped()();
}

int Epoll::until_next() const {
  if (timers_.empty()) return -1;
  auto wait = timers_.begin()->first - clock_.now();
  auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(wait).count();
  return static_cast<int>(std::max(milliseconds, decltype(milliseconds){0}));
}

}  // namespace reeve::bench
