#include "manager/refusal_log.hpp"

#include "base/log.hpp"
#include "base/time_text.hpp"

#include <fmt/format.h>

namespace reeve::manager {
namespace {

constexpr RateLimit::Settings kLimit{.each = 10, .all = 60, .window = std::chrono::minutes(1)};
constexpr Duration kPause = std::chrono::hours(1);
constexpr std::size_t kMostKnown = 2000;

}  // namespace

RefusalLog::RefusalLog(async::Loop& domain, Editor& editor)
    : domain_(domain), editor_(editor), limit_(kLimit), tasks_(domain, "refusals") {}

void RefusalLog::note(Refusal refusal) {
  if (!is_told_now(refusal)) return;
  log::warning("refused", {{"action", refusal.action},
                           {"object", refusal.object},
                           {"from", refusal.from},
                           {"why", refusal.why}});
  Actor actor;
  actor.from = std::move(refusal.from);
  actor.request_id = std::move(refusal.request_id);
  tasks_.start(editor_.record_refusal(std::move(actor), std::move(refusal.action),
                                      std::move(refusal.object), std::move(refusal.why)));
}

/// Where it is, the sentence says how often it happened unsaid.
bool RefusalLog::is_told_now(Refusal& refusal) {
  auto now = domain_.now();
  auto key = fmt::format("{}\n{}\n{}\n{}", refusal.action, refusal.from, to_string(refusal.code),
                         refusal.node);
  auto found = known_.find(key);
  if (found != known_.end() && now - found->second.written < kPause) {
    if (found->second.untold++ == 0) found->second.since = domain_.clock().wall();
    return false;
  }
  if (!limit_.allow(refusal.from, now)) return false;
  if (found == known_.end()) {
    make_room();
    found = known_.emplace(std::move(key), Repeats{}).first;
  }
  auto& repeats = found->second;
  if (repeats.untold > 0)
    refusal.why +=
        fmt::format(" (and {} times more since {})", repeats.untold, format_time(repeats.since));
  repeats = {now, {}, 0};
  return true;
}

void RefusalLog::make_room() {
  if (known_.size() < kMostKnown) return;
  auto now = domain_.now();
  std::erase_if(known_, [&](const auto& item) { return now - item.second.written >= kPause; });
  // The rate limit lets no more than this in within an hour but in an attack; then it starts anew.
  if (known_.size() >= kMostKnown) known_.clear();
}

}  // namespace reeve::manager
