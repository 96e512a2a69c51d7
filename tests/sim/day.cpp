#include "sim/day.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace reeve::sim {
namespace {

using namespace std::chrono_literals;
using manager::testing::DesiredState;

constexpr std::size_t kNodes = 200;
constexpr std::size_t kServices = 12;
// Everybody has it.
constexpr const char* kCommon = "common";
// Of which the certificate has expired when the day begins.
constexpr std::size_t kExpired = 10;

const net::Endpoint kManager{"10.0.0.1", 7700};

/// The longest heartbeat that an agent agrees to: a day has fewer of them.
manager::SessionSettings settings() {
  manager::SessionSettings settings;
  settings.heartbeat = 60s;
  settings.lease = 3 * settings.heartbeat;
  settings.grace = 4 * settings.lease;
  return settings;
}

std::string node_name(std::size_t number) { return fmt::format("node-{:03}", number); }

}  // namespace

Day::Day(std::uint64_t seed)
    : random_(seed),
      witness_(state_.loop, kNodes, settings().lease),
      ground_{state_.loop, network_, witness_, kManager},
      manager_(state_, network_, kManager, witness_, settings()) {
  network_.set_delay(2ms);
  // Older than any certificate of a node.
  state_.cluster.ca = net::make_ca("day", state_.loop.clock().wall() - 2 * net::kNodeLife).value();
  for (std::size_t i = 0; i < kNodes; ++i) make_node(i);
  make_service(kCommon);
  for (std::size_t i = 0; i < kServices; ++i) make_service(fmt::format("service-{}", i));
}

std::size_t Day::below(std::size_t limit) {
  return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random_);
}

bool Day::happens(double chance) { return std::bernoulli_distribution(chance)(random_); }

std::string Day::any_service() {
  auto at = newest_.begin();
  std::advance(at, below(newest_.size()));
  return at->first;
}

/// With a certificate that comes to half its life in this day, or is past its end.
void Day::make_node(std::size_t number) {
  auto name = node_name(number);
  auto request = net::make_request().value();
  auto key = net::request_key_fingerprint(request.request_pem).value();
  state_.put_node(name, {}, key);
  Duration age = net::kNodeLife / 2 - std::chrono::minutes(below(12 * 60));
  if (number < kExpired) age = net::kNodeLife + 1h;
  auto uid = DesiredState::uid_of(name);
  auto certified = state_.loop.clock().wall() - age;
  agent::Credentials credentials;
  credentials.identity = {uid, name, "c1", "manager.c1", {}, {}};
  credentials.key_pem = request.key_pem;
  credentials.certificate_pem = state_.cluster.certify(request.request_pem, uid, certified).value();
  credentials.ca_pem = state_.cluster.bundle();
  agents_.push_back(std::make_unique<SimAgent>(ground_, credentials, folder_ / name, random_()));
}

void Day::make_service(const std::string& name) {
  newest_[name] = "10.2.0.1";
  state_.put_service(name, {newest_[name]});
  auto& subscribers = subscribers_[name];
  for (std::size_t i = 0; i < kNodes; ++i)
    if (name == kCommon || happens(0.15)) subscribers.insert(node_name(i));
  state_.subscribe(name, {DesiredState::to_nodes({subscribers.begin(), subscribers.end()})});
  auto uid = DesiredState::uid_of(name);
  witness_.edited(uid, state_.store.head());
  for (const auto& node : subscribers)
    witness_.subscribed(DesiredState::uid_of(node), uid, state_.store.head());
}

void Day::run() {
  const std::vector<Outage> outages = {
      {3h, 1s, true}, {8h, 1min, true}, {13h, 1h, true}, {18h, 10s, false}};
  auto begin = state_.loop.now();
  manager_.start();
  for (auto& agent : agents_) agent->start();
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
}

void Day::live_a_minute() {
  ground_.run_for(std::chrono::seconds(1 + below(59)));
  bring_back(false);
  if (happens(0.04)) edit();
  if (happens(0.01)) change_subscribers();
  if (happens(0.15)) cut_some();
  if (happens(0.04)) lose_some();
  if (happens(0.06)) restart_one();
  if (happens(0.003)) fall_behind();
  if (happens(0.01)) set_clock();
}

void Day::edit() {
  auto service = any_service();
  ++edits_;
  newest_[service] = fmt::format("10.3.{}.{}", edits_ / 250, 1 + edits_ % 250);
  state_.put_service(service, {newest_[service], "10.4.0.1"});
  witness_.edited(DesiredState::uid_of(service), state_.store.head());
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
  for (int i = 0; i < 3; ++i) edit();
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
  edit();
  if (outage.is_killed)
    manager_.kill();
  else
    manager_.stop();
  ground_.run_for(outage.length);
  manager_.start();
  edit();
}

void Day::check_files() {
  for (const auto& agent : agents_) {
    if (!agent->is_running()) continue;
    for (const auto& [service, held] : agent->spec().lists) {
      auto text = agent->published(held.list->service);
      if (text.find(held.list->instances.at(0).ip.text()) == text.npos)
        witness_.complain(fmt::format("{}'s file of {} is not its list", agent->node(), service));
    }
  }
}

void Day::check_end() {
  auto now = state_.loop.clock().wall();
  for (const auto& agent : agents_) {
    const auto& node = agent->node();
    if (!agent->is_connected()) witness_.complain(node + " is not connected");
    if (manager_.state_of(node) != model::NodeState::up) witness_.complain(node + " is not up");
    if (agent::digest_of(agent->spec()) != manager_.wished_digest(node))
      witness_.complain(node + " has not the newest lists");
    if (agent->renewals() == 0 || agent->good_until() <= now)
      witness_.complain(node + " has not renewed its certificate");
    auto wishes = witness_.wishes_of(node);
    if (agent->spec().lists.size() != wishes.size())
      witness_.complain(
          fmt::format("{} has {} lists, not {}", node, agent->spec().lists.size(), wishes.size()));
    for (const auto& uid : wishes) {
      auto service = uid.substr(DesiredState::uid_of("").size());
      if (agent->published(service).find(newest_.at(service)) == std::string::npos)
        witness_.complain(fmt::format("{} has not the newest file of {}", node, service));
    }
  }
}

}  // namespace reeve::sim
