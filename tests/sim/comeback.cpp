#include "sim/comeback.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace reeve::sim {
namespace {

using namespace std::chrono_literals;
using manager::testing::DesiredState;

// When everybody has found the manager gone and waits at moments of his own (sim/witness.cpp).
constexpr Duration kFirstShock = 1min;
// An agent that was refused comes again within 75 s.
constexpr Duration kSoon = 2min;

}  // namespace

Comeback::Comeback(std::uint64_t seed) : SimFleet(seed) {
  start();
  converge();
}

Comeback::AllHoldings Comeback::holdings() const {
  AllHoldings all;
  for (const auto& agent : agents_) {
    auto& one = all[agent->node()];
    one.digest = agent::digest_of(agent->spec());
    for (const auto& [uid, held] : agent->spec().lists)
      one.files[held.list->service] = agent->published(held.list->service);
  }
  return all;
}

void Comeback::stay_calm(Duration time, const AllHoldings& before) {
  witness_.take_dials();
  ground_.run_for(time);
  auto dials = witness_.take_dials();
  if (dials.busiest > kNodes / 4)
    witness_.complain(fmt::format("a storm of {} attempts within one second", dials.busiest));
  for (const auto& [node, has] : holdings())
    if (has != before.at(node)) witness_.complain(node + " has not what it had");
}

void Comeback::converge() {
  ground_.run_for(kSoon);
  check_files();
  check_end();
}

void Comeback::put_back(Copy copy) {
  state_.put_back(std::move(copy.state));
  subscribers_ = std::move(copy.subscribers);
  newest_ = std::move(copy.newest);
}

void Comeback::start_over() {
  witness_.start_over();
  for (const auto& [service, nodes] : subscribers_)
    for (const auto& node : nodes)
      witness_.subscribed(DesiredState::uid_of(node), DesiredState::uid_of(service),
                          state_.store.head());
}

void Comeback::after(Duration absence) {
  edit(any_service());
  ground_.run_for(1ms);
  manager_.kill();
  auto before = holdings();
  auto shock = std::min(absence, kFirstShock);
  ground_.run_for(shock);
  stay_calm(absence - shock, before);
  edit(any_service());
  manager_.start();
  edit(any_service());
  converge();
}

void Comeback::after_trouble(Duration absence) {
  manager_.kill();
  auto begin = state_.loop.now();
  while (state_.loop.now() - begin < absence) {
    ground_.run_for(10min);
    for (int i = 0; i < 3; ++i) change_a_file();
    auto& agent = anyone();
    agent.lose_power();
    agent.change_by_hand(kCommon, happens(0.5));
    agent.start();
    check_files();
  }
  manager_.start();
  edit(kCommon);
  converge();
  if (absence < 24h) return;
  ground_.run_for(70min);  // an agent looks at the clock once an hour
  for (const auto& agent : agents_)
    if (agent->renewals() == 0 || agent->good_until() <= state_.loop.clock().wall())
      witness_.complain(agent->node() + " has not renewed its certificate");
}

void Comeback::live_on() {
  make_service("late");
  edit(kCommon);
  edit("service-1");
  auto& fewer = subscribers_["service-0"];
  auto gone = *fewer.begin();
  fewer.erase(fewer.begin());
  state_.subscribe("service-0", {DesiredState::to_nodes({fewer.begin(), fewer.end()})});
  witness_.unsubscribed(DesiredState::uid_of(gone), DesiredState::uid_of("service-0"));
  converge();
}

void Comeback::with_an_old_copy() {
  auto old = copy();
  live_on();
  auto before = holdings();
  manager_.kill();
  ground_.run_for(10min);
  put_back(std::move(old));
  witness_.forbid_pushes(true);
  manager_.start();
  stay_calm(30min, before);
  if (!manager_.is_in_hold()) witness_.complain("the manager does not see that its store is old");
  edit(kCommon);
  edit("service-2");
  stay_calm(30min, before);
  for (const auto& agent : agents_)
    if (!agent->is_connected()) witness_.complain(agent->node() + " is not connected in hold");

  start_over();
  witness_.forbid_pushes(false);
  manager_.resume();
  converge();
}

void Comeback::with_an_empty_store() {
  auto right = copy();
  auto before = holdings();
  manager_.kill();
  ground_.run_for(10min);
  state_.cluster.document.id = "another";
  state_.empty();
  witness_.forbid_pushes(true);
  manager_.start();
  stay_calm(1h, before);
  if (std::ranges::any_of(agents_, &SimAgent::is_connected))
    witness_.complain("a node was let into another cluster");

  manager_.stop();
  state_.cluster.document.id = "c1";
  put_back(std::move(right));
  witness_.forbid_pushes(false);
  manager_.start();
  edit(kCommon);
  converge();
}

}  // namespace reeve::sim
