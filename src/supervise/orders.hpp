// What people have asked of processes and wait for: start, stop, restart, signal. An order is done
// when the process is where it was wanted, or has failed to get there. Loop thread only.
#pragma once

#include "async/loop.hpp"
#include "base/result.hpp"
#include "keeper/protocol.hpp"
#include "model/program.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace reeve::supervise {

struct Order {
  model::Verb verb = model::Verb::start;
  std::string process;
  int signal = 0;
  std::int64_t before = 0;  // the incarnation that a restart replaces
  /// Called once.
  std::function<void(Result<>)> done;
};

/// Nothing while the order is under way.
std::optional<Result<>> outcome_of(const Order& order, const keeper::Report& report);

class Orders {
 public:
  explicit Orders(async::Loop& loop) : loop_(loop) {}
  ~Orders();
  Orders(const Orders&) = delete;
  Orders& operator=(const Orders&) = delete;

  /// `timeout` after `limit`, with what `why_late` says then.
  std::shared_ptr<Order> add(Order order, Duration limit, std::function<std::string()> why_late);
  /// The keeper has taken it: from now on reports decide.
  void follow(const std::shared_ptr<Order>& order);
  void finish(const std::shared_ptr<Order>& order, Result<> result);
  void on_report(const keeper::Report& report);
  /// The process is no more.
  void on_gone(const std::string& process);
  bool is_open(const std::shared_ptr<Order>& order) const { return timers_.contains(order); }
  /// All that are open fail.
  void end(const Error& why);

 private:
  async::Loop& loop_;
  std::map<std::shared_ptr<Order>, async::Loop::TimerKey> timers_;
  std::multimap<std::string, std::shared_ptr<Order>, std::less<>> followed_;
};

}  // namespace reeve::supervise
