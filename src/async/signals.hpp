// Unix signals as calls on a loop.
#pragma once

#include "async/loop.hpp"

#include <boost/asio/signal_set.hpp>

#include <functional>
#include <initializer_list>

namespace reeve::async {

/// Calls `handler` with each of these signals' numbers, on the loop, while it lives.
class Signals {
 public:
  Signals(Loop& loop, std::initializer_list<int> numbers, std::function<void(int)> handler);

 private:
  void wait();

  boost::asio::signal_set signals_;
  std::function<void(int)> handler_;
};

}  // namespace reeve::async
