#include "supervise/orders.hpp"

#include "base/quote.hpp"

#include <utility>

namespace reeve::supervise {
namespace {

Failure refused(const Order& order, const keeper::Report& report, std::string_view what) {
  if (report.reason.empty()) return fail(Errc::conflict, "{} {}", order.process, what);
  return fail(Errc::conflict, "{} {}: {}", order.process, what, report.reason);
}

std::optional<Result<>> outcome_of_start(const Order& order, const keeper::Report& report) {
  switch (report.state) {
    case keeper::State::running:
    case keeper::State::exited: return Result<>();
    case keeper::State::backoff: return refused(order, report, "did not stay up");
    case keeper::State::fatal: return refused(order, report, "does not start");
    case keeper::State::stopped: return refused(order, report, "was stopped meanwhile");
    default: return std::nullopt;
  }
}

}  // namespace

std::optional<Result<>> outcome_of(const Order& order, const keeper::Report& report) {
  switch (order.verb) {
    case model::Verb::signal: return Result<>();
    case model::Verb::stop: {
      bool may_run = keeper::has_process(report.state) || report.state == keeper::State::backoff;
      if (may_run) return std::nullopt;
      return Result<>();
    }
    case model::Verb::restart:
      if (report.incarnation == order.before && keeper::has_process(report.state))
        return std::nullopt;
      return outcome_of_start(order, report);
    case model::Verb::start: return outcome_of_start(order, report);
  }
  return std::nullopt;
}

Orders::~Orders() {
  for (const auto& [order, timer] : timers_) loop_.cancel(timer);
}

std::shared_ptr<Order> Orders::add(Order order, Duration limit,
                                   std::function<std::string()> why_late) {
  auto shared = std::make_shared<Order>(std::move(order));
  auto late = [this, weak = std::weak_ptr(shared), limit, why_late = std::move(why_late)] {
    if (auto still = weak.lock())
      finish(still,
             fail(Errc::timeout, "{}: not done within {} s{}", still->process,
                  std::chrono::duration_cast<std::chrono::seconds>(limit).count(), why_late()));
  };
  timers_.emplace(shared, loop_.call_after(limit, std::move(late)));
  return shared;
}

void Orders::follow(const std::shared_ptr<Order>& order) {
  if (is_open(order)) followed_.emplace(order->process, order);
}

void Orders::finish(const std::shared_ptr<Order>& order, Result<> result) {
  auto found = timers_.find(order);
  if (found == timers_.end()) return;
  loop_.cancel(found->second);
  timers_.erase(found);
  std::erase_if(followed_, [&](const auto& entry) { return entry.second == order; });
  order->done(std::move(result));
}

void Orders::on_report(const keeper::Report& report) {
  std::vector<std::pair<std::shared_ptr<Order>, Result<>>> ended;
  auto [first, last] = followed_.equal_range(report.name);
  for (auto at = first; at != last; ++at)
    if (auto outcome = outcome_of(*at->second, report)) ended.emplace_back(at->second, *outcome);
  for (auto& [order, outcome] : ended) finish(order, std::move(outcome));
}

void Orders::on_gone(const std::string& process) {
  std::vector<std::shared_ptr<Order>> gone;
  auto [first, last] = followed_.equal_range(process);
  for (auto at = first; at != last; ++at) gone.push_back(at->second);
  for (const auto& order : gone) {
    bool is_well = order->verb == model::Verb::stop;
    finish(order,
           is_well ? Result<>() : fail(Errc::not_found, "{} was removed from this node", process));
  }
}

void Orders::end(const Error& why) {
  while (!timers_.empty()) finish(timers_.begin()->first, Failure(why));
}

}  // namespace reeve::supervise
