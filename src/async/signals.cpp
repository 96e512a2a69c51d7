#include "async/signals.hpp"

#include <utility>

namespace reeve::async {

Signals::Signals(Loop& loop, std::initializer_list<int> numbers, std::function<void(int)> handler)
    : signals_(loop.context()), handler_(std::move(handler)) {
  for (int number : numbers) signals_.add(number);
  wait();
}

void Signals::wait() {
  signals_.async_wait([this](const boost::system::error_code& error, int number) {
    if (error) return;
    handler_(number);
    wait();
  });
}

}  // namespace reeve::async
