#include "agent/clock_watch.hpp"

#include "base/log.hpp"
#include "base/time_text.hpp"

#include <utility>

namespace reeve::agent {
namespace {

constexpr Duration kLookEvery = std::chrono::minutes(1);
// Smaller ones are a time service's ordinary work.
constexpr Duration kNews = std::chrono::seconds(30);

}  // namespace

ClockWatch::ClockWatch(async::Loop& loop, WallTime built, std::function<void(WallTime)> on_set)
    : loop_(loop),
      built_(built),
      on_set_(std::move(on_set)),
      comparison_(loop.clock()),
      tasks_(loop, "clock") {}

void ClockWatch::start() { tasks_.start(run()); }

Task<> ClockWatch::run() {
  while (true) {
    warn_if_wrong();
    auto slept = co_await loop_.sleep_for(kLookEvery);
    if (!slept) co_return;
    auto jump = comparison_.since_last().wall_jump;
    if (std::chrono::abs(jump) < kNews) continue;
    auto now = loop_.clock().wall();
    log::info("somebody set this machine's clock", {{"says", format_time(now)}});
    on_set_(now);
  }
}

void ClockWatch::warn_if_wrong() {
  auto now = loop_.clock().wall();
  bool is_wrong = now < built_;
  if (is_wrong && !is_told_)
    log::warning("this machine's clock is wrong: it says a time before this program was built",
                 {{"says", format_time(now)}, {"built", format_time(built_)}});
  is_told_ = is_wrong;
}

}  // namespace reeve::agent
