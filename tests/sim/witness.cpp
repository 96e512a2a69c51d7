#include "sim/witness.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace reeve::sim {
namespace {

using namespace std::chrono_literals;

// What an agent waits at least before it tries again (agent/pauses.hpp).
constexpr Duration kShortestPause = 250ms;
// By then those who found the manager gone wait 5 to 20 s each, at moments of their own.
constexpr Duration kSpreadOut = 1min;
// One example of each kind of trouble is enough to read.
constexpr std::size_t kMostComplaints = 20;

}  // namespace

Witness::Witness(async::Loop& loop, std::size_t nodes, Duration lease)
    : loop_(loop), nodes_(nodes), lease_(lease) {}

void Witness::complain(std::string what) {
  if (complaints_.size() < kMostComplaints) {
    auto minutes = loop_.now().time_since_epoch() / 1min;
    complaints_.push_back(fmt::format("minute {}: {}", minutes, what));
  }
}

void Witness::subscribed(const std::string& node, const std::string& service, store::Revision at) {
  seen_[node].wished.try_emplace(service, at);
}

void Witness::unsubscribed(const std::string& node, const std::string& service) {
  seen_[node].wished.erase(service);
}

void Witness::start_over() {
  for (auto& [node, seen] : seen_) {
    seen.wished.clear();
    seen.versions.clear();
    seen.version = 0;
  }
}

void Witness::edited(const std::string& service, store::Revision at) { versions_[service] = at; }

std::vector<std::string> Witness::wishes_of(const std::string& node) const {
  std::vector<std::string> services;
  for (const auto& [service, since] : seen_.at(node).wished) services.push_back(service);
  return services;
}

void Witness::manager_is_up(store::Revision head) {
  // Nobody waits for the first one yet.
  outage_ = known_ == 0 ? Duration{} : loop_.now() - since_;
  since_ = loop_.now();
  is_manager_up_ = true;
  known_ = head;
}

void Witness::manager_is_gone() {
  since_ = loop_.now();
  is_manager_up_ = false;
}

void Witness::heard_from(const std::string& node) { seen_[node].last_word = loop_.now(); }
void Witness::heard_goodbye(const std::string& node) { seen_[node].last_word.reset(); }

void Witness::shown_down(const std::string& node) {
  ++all_downs_;
  const auto& last = seen_[node].last_word;
  if (last && loop_.now() - *last < lease_)
    complain(
        fmt::format("{} is shown down {} s after its last word", node, (loop_.now() - *last) / 1s));
}

void Witness::agent_started(const std::string& node, const agent::HeldSpec& held) {
  ++all_starts_;
  seen_[node].last_dial.reset();
  check_lists(node, held);
}

/// In one second. In the one after the manager went everybody tries once, some twice; a manager
/// that was away for long must find them spread out.
std::size_t Witness::most_dials() const {
  bool is_back = is_manager_up_ && loop_.now() - since_ < kSpreadOut;
  return is_back && outage_ >= kSpreadOut ? nodes_ / 4 : nodes_ + nodes_ / 2;
}

void Witness::dialled(const std::string& node) {
  auto now = loop_.now();
  auto& last = seen_[node].last_dial;
  if (last && now - *last < kShortestPause)
    complain(fmt::format("{} dials again after {} ms", node, (now - *last) / 1ms));
  last = now;
  if (now - second_ >= 1s) {
    second_ = now;
    dials_ = 0;
  }
  ++all_dials_;
  busiest_ = std::max(busiest_, ++dials_);
  ++recent_.all;
  recent_.busiest = std::max(recent_.busiest, dials_);
  if (dials_ > most_dials()) complain(fmt::format("{} dials within one second", dials_));
}

void Witness::offered(const std::string& node, const link::Spec& spec) {
  if (are_pushes_forbidden_) complain(fmt::format("{} is pushed {} in hold", node, spec.version));
  if (spec.version < known_)
    complain(fmt::format("{} is pushed version {} by a manager that began with {}", node,
                         spec.version, known_));
  if (spec.version < seen_[node].version)
    complain(
        fmt::format("{} has version {} and is pushed {}", node, seen_[node].version, spec.version));
}

void Witness::applied(const std::string& node, const agent::HeldSpec& held) {
  ++all_applied_;
  check_lists(node, held);
}

void Witness::check_lists(const std::string& node, const agent::HeldSpec& held) {
  auto& seen = seen_[node];
  if (held.version < seen.version)
    complain(fmt::format("{} went back from version {} to {}", node, seen.version, held.version));
  seen.version = std::max(seen.version, held.version);
  for (const auto& [service, since] : seen.wished)
    if (since <= held.version && !held.lists.contains(service))
      complain(fmt::format("{} lacks the list of {} at version {}", node, service, held.version));
  for (const auto& [service, entry] : held.lists) {
    auto& highest = seen.versions[service];
    if (entry.list->instances.empty())
      complain(fmt::format("{} has an empty list of {}", node, service));
    if (entry.list->version < highest)
      complain(fmt::format("{}'s list of {} went back from {} to {}", node, service, highest,
                           entry.list->version));
    highest = std::max(highest, entry.list->version);
  }
}

std::string Witness::summary() const {
  return fmt::format(
      "{} dials, at most {} in a second; {} specs applied; {} times down; {} starts of agents",
      all_dials_, busiest_, all_applied_, all_downs_, all_starts_);
}

}  // namespace reeve::sim
