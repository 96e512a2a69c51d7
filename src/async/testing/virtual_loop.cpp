#include "async/testing/virtual_loop.hpp"

#include <algorithm>

namespace reeve::async::testing {

void VirtualLoop::settle() {
  context().restart();
  do {
    fire_due();
  } while (context().poll() > 0 || next_due() <= now());
}

void VirtualLoop::advance(Duration by) {
  auto until = now() + by;
  settle();
  for (;;) {
    auto next = std::min(next_due(), until);
    Duration step = std::max(next - now(), Duration{});
    virtual_clock.now_ += step;
    virtual_clock.wall_ += step;
    virtual_clock.boot_ += step;
    settle();
    if (now() >= until) return;
  }
}

bool VirtualLoop::advance_until(std::function<bool()> done, Duration limit) {
  auto until = now() + limit;
  settle();
  while (!done() && now() < until)
    advance(std::min(std::max(next_due() - now(), Duration(1)), until - now()));
  return done();
}

void VirtualLoop::be_late(Duration by) {
  virtual_clock.now_ += by;
  virtual_clock.wall_ += by;
  virtual_clock.boot_ += by;
  settle();
}

void VirtualLoop::jump_wall(Duration by) {
  virtual_clock.wall_ += by;
  settle();
}

void VirtualLoop::suspend(Duration by) {
  virtual_clock.wall_ += by;
  virtual_clock.boot_ += by;
  settle();
}

}  // namespace reeve::async::testing
