#include "sim/sim_fleet.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace reeve::sim {
namespace {

using namespace std::chrono_literals;
using manager::testing::DesiredState;

constexpr std::size_t kServices = 12;
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

}  // namespace

SimFleet::SimFleet(std::uint64_t seed)
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

std::string SimFleet::node_name(std::size_t number) { return fmt::format("node-{:03}", number); }

std::size_t SimFleet::below(std::size_t limit) {
  return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random_);
}

bool SimFleet::happens(double chance) { return std::bernoulli_distribution(chance)(random_); }

std::string SimFleet::any_service() {
  auto at = newest_.begin();
  std::advance(at, below(newest_.size()));
  return at->first;
}

/// With a certificate that comes to half its life in this day, or is past its end.
void SimFleet::make_node(std::size_t number) {
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

void SimFleet::make_service(const std::string& name) {
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

void SimFleet::start() {
  manager_.start();
  for (auto& agent : agents_) agent->start();
}

void SimFleet::edit(const std::string& service) {
  ++edits_;
  newest_[service] = fmt::format("10.3.{}.{}", edits_ / 250, 1 + edits_ % 250);
  state_.put_service(service, {newest_[service], "10.4.0.1"});
  witness_.edited(DesiredState::uid_of(service), state_.store.head());
}

void SimFleet::check_files() {
  for (const auto& agent : agents_) {
    if (!agent->is_running()) continue;
    for (const auto& [service, held] : agent->spec().lists) {
      auto text = agent->published(held.list->service);
      if (text.find(held.list->instances.at(0).ip.text()) == text.npos)
        witness_.complain(fmt::format("{}'s file of {} is not its list", agent->node(), service));
    }
  }
}

void SimFleet::check_end() {
  if (manager_.is_in_hold()) witness_.complain("the manager is in hold");
  for (const auto& agent : agents_) {
    const auto& node = agent->node();
    if (!agent->is_connected()) witness_.complain(node + " is not connected");
    if (manager_.state_of(node) != model::NodeState::up) witness_.complain(node + " is not up");
    if (agent::digest_of(agent->spec()) != manager_.wished_digest(node))
      witness_.complain(node + " has not the newest lists");
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
