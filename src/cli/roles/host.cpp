#include "cli/roles/host.hpp"

#include "base/log.hpp"

#include <csignal>
#include <cstdlib>

namespace reeve::cli {

namespace {
constexpr std::size_t kPoolThreads = 4;
}

Host::Host(std::size_t io_threads)
    : domain_(clock_),
      io_(clock_, io_threads),
      pool_(kPoolThreads),
      told_(domain_),
      signals_(domain_, {SIGINT, SIGTERM}, [this](int number) { on_signal(number); }) {}

void Host::end() {
  io_.stop();
  log::flush();
}

void Host::on_signal(int number) {
  if (++signals_seen_ > 1) std::_Exit(128 + number);
  log::info("told to end", {{"signal", number}});
  told_.notify_all();
}

Task<> Host::until_told_to_end() {
  while (!is_told_to_end()) {
    [[maybe_unused]] auto woken = co_await told_.wait();
  }
}

}  // namespace reeve::cli
