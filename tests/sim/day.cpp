#include "sim/day.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace reeve::sim {
namespace {

using namespace std::chrono_literals;
using manager::testing::DesiredState;

}  // namespace

void Day::run() {
  const std::vector<Outage> outages = {
      {3h, 1s, true}, {8h, 1min, true}, {13h, 1h, true}, {18h, 10s, false}};
  auto begin = state_.loop.now();
  start();
  auto next = outages.begin();
  Duration checked{};
  while (state_.loop.now() - begin < 24h) {
    live_a_minute();
    auto passed = state_.loop.now() - begin;
    if (next != outages.end() && passed >= next->at) lose_manager(*next++);
    if (passed - checked >= 2h) {
      check_files();
      checked = passed;
    }
  }
  bring_back(true);
  if (clock_offset_ != Duration{}) set_clock();
  // An agent looks at the clock once an hour.
  ground_.run_for(70min);
  check_files();
  check_end();
  check_renewals();
}

void Day::live_a_minute() {
  ground_.run_for(std::chrono::seconds(1 + below(59)));
  bring_back(false);
  if (happens(0.04)) edit(any_service());
  if (happens(0.01)) change_subscribers();
  if (happens(0.15)) cut_some();
  if (happens(0.04)) lose_some();
  if (happens(0.06)) restart_one();
  if (happens(0.003)) fall_behind();
  if (happens(0.01)) set_clock();
  if (happens(0.1)) change_a_file();
}

/// A few come, a few go.
void Day::change_subscribers() {
  auto service = any_service();
  if (service == kCommon) return;
  auto& subscribers = subscribers_[service];
  std::vector<std::string> added;
  for (int i = 0; i < 6; ++i) {
    auto name = node_name(below(kNodes));
    if (subscribers.insert(name).second) {
      added.push_back(name);
    } else if (std::ranges::find(added, name) == added.end()) {
      subscribers.erase(name);
      witness_.unsubscribed(DesiredState::uid_of(name), DesiredState::uid_of(service));
    }
  }
  state_.subscribe(service, {DesiredState::to_nodes({subscribers.begin(), subscribers.end()})});
  for (const auto& name : added)
    witness_.subscribed(DesiredState::uid_of(name), DesiredState::uid_of(service),
                        state_.store.head());
}

void Day::cut_some() {
  auto count = happens(0.02) ? kNodes : 1 + below(5);
  for (std::size_t i = 0; i < count; ++i) network_.cut(anyone().node());
}

void Day::lose_some() {
  for (std::size_t i = 0; i < 1 + below(10); ++i) {
    auto node = anyone().node();
    network_.set_reachable(node, false);
    unreachable_[node] = state_.loop.now() + std::chrono::seconds(10 + below(600));
  }
}

void Day::restart_one() {
  auto& agent = anyone();
  if (!agent.is_running()) return;
  auto how = below(3);
  if (how == 0)
    agent.lose_power();
  else if (how == 1)
    agent.kill();
  else
    agent.stop();
  away_[&agent] = state_.loop.now() + std::chrono::seconds(below(300));
}

/// The store's watch is late, and agents come back meanwhile.
void Day::fall_behind() {
  state_.store.hold_watches();
  for (int i = 0; i < 3; ++i) edit(any_service());
  for (int i = 0; i < 20; ++i) network_.cut(anyone().node());
  ground_.run_for(10s);
  state_.store.release_watches();
}

/// Wrong, or right again.
void Day::set_clock() {
  Duration by = std::chrono::minutes(below(2 * 24 * 60));
  if (happens(0.5)) by = -by;
  if (clock_offset_ != Duration{}) by = -clock_offset_;
  clock_offset_ += by;
  state_.loop.jump_wall(by);
}

void Day::bring_back(bool all) {
  auto now = state_.loop.now();
  std::erase_if(unreachable_, [&](const auto& item) {
    if (!all && item.second > now) return false;
    network_.set_reachable(item.first, true);
    return true;
  });
  std::erase_if(away_, [&](const auto& item) {
    if (!all && item.second > now) return false;
    item.first->start();
    return true;
  });
}

/// Edits just before, and before the first agent is back.
void Day::lose_manager(const Outage& outage) {
  // Its store is never behind: whatever the agents went through, nobody is ahead of it.
  if (manager_.is_in_hold()) witness_.complain("the manager is in hold");
  edit(any_service());
  if (outage.is_killed)
    manager_.kill();
  else
    manager_.stop();
  ground_.run_for(outage.length);
  manager_.start();
  edit(any_service());
}

void Day::check_renewals() {
  auto now = state_.loop.clock().wall();
  for (const auto& agent : agents_)
    if (agent->renewals() == 0 || agent->good_until() <= now)
      witness_.complain(agent->node() + " has not renewed its certificate");
}

}  // namespace reeve::sim
