#include "net/io_loops.hpp"

#include <signal.h>

#include <algorithm>

namespace reeve::net {

IoLoops::IoLoops(const sys::Clock& clock, std::size_t threads) {
  signal(SIGPIPE, SIG_IGN);
  std::size_t cores = std::max(1u, std::thread::hardware_concurrency());
  std::size_t count = threads > 0 ? threads : std::max<std::size_t>(1, cores - 1);
  for (std::size_t i = 0; i < count; ++i) loops_.push_back(std::make_unique<async::Loop>(clock));
  for (auto& loop : loops_) threads_.emplace_back([&loop = *loop] { loop.run(); });
}

IoLoops::~IoLoops() { stop(); }

void IoLoops::stop() {
  for (auto& loop : loops_) loop->stop();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

}  // namespace reeve::net
