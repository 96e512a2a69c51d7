#include "manager/kernel_members.hpp"

#include "manager/kernel_services.hpp"
#include "net/address.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

namespace reeve::manager {
namespace {

using model::Holder;
constexpr const char* kNodeLabel = "node";

// What the list says of a node so far.
struct Known {
  IpAddress address;
  bool is_online = false;
};

// An instance to be. Agents behind one address, as on one machine, share it.
struct Seat {
  std::string node;  // the first of them by name
  bool is_up = false;
  bool was_online = false;
};

std::map<std::string, Known> known_nodes(const ServiceParts& parts) {
  std::map<std::string, Known> known;
  for (const auto& instance : parts.content.instances)
    if (auto label = instance.labels.find(kNodeLabel); label != instance.labels.end())
      known[label->second] = {instance.ip, store::holds_of(parts.live.held, instance.id()).empty()};
  return known;
}

// Of "10.0.0.1:40312", where the agent's connection came from.
Result<IpAddress> host_of(const std::string& origin) {
  TRY_ASSIGN(auto endpoint, net::parse_endpoint(origin));
  return IpAddress::parse(endpoint.host);
}

// As the fleet last saw it; after a restart as the list has it.
std::optional<IpAddress> address_of(const NodeSight& sight, const Known* known) {
  if (sight.address)
    if (auto address = host_of(*sight.address)) return *address;
  if (known) return known->address;
  return std::nullopt;
}

// A node that the fleet has not judged yet is what it was.
bool is_up(const NodeSight& sight, const Known* known) {
  if (sight.state == model::NodeState::never_seen) return known && known->is_online;
  return sight.state == model::NodeState::up;
}

class Seating {
 public:
  explicit Seating(std::map<std::string, Known> known) : known_(std::move(known)) {}

  void add(const model::StoredNode& node, const NodeSight& sight) {
    auto found = known_.find(node.name);
    const auto* known = found == known_.end() ? nullptr : &found->second;
    auto address = address_of(sight, known);
    if (!address) return;
    bool was_online = known && known->is_online;
    was_any_online_ |= was_online;
    auto at = seats_.find(*address);
    if (at == seats_.end()) {
      if (seats_.size() >= model::kMostInstances) {
        ++left_out_;
        return;
      }
      at = seats_.emplace(*address, Seat{node.name, false, false}).first;
    }
    at->second.is_up |= is_up(sight, known);
    at->second.was_online |= was_online;
  }

  // A list of nobody is never pushed because nodes are down: says whether that keeps somebody in.
  bool keep_the_last() {
    auto up = [](const auto& item) { return item.second.is_up; };
    if (std::ranges::any_of(seats_, up)) return false;
    for (auto& [address, seat] : seats_) seat.is_up = seat.was_online;
    return std::ranges::any_of(seats_, up);
  }

  const std::map<IpAddress, Seat>& seats() const { return seats_; }
  std::size_t left_out() const { return left_out_; }
  bool was_any_online() const { return was_any_online_; }

 private:
  std::map<std::string, Known> known_;
  std::map<IpAddress, Seat> seats_;
  std::size_t left_out_ = 0;
  bool was_any_online_ = false;  // of the nodes that are enrolled still
};

model::InstanceSpec instance_at(const IpAddress& address, const Seat& seat) {
  model::InstanceSpec instance;
  instance.ip = address;
  instance.port = kAgentPort;
  instance.labels[kNodeLabel] = seat.node;
  instance.source = model::Source::program;
  return instance;
}

// Ours is set or lifted; one that stands keeps its "since".
std::vector<model::Hold> holds_for(std::vector<model::Hold> holds, bool is_up, WallTime now) {
  auto is_ours = [](const model::Hold& hold) { return hold.by == Holder::program; };
  if (is_up)
    std::erase_if(holds, is_ours);
  else if (std::ranges::none_of(holds, is_ours))
    holds.push_back({Holder::program, "reeve", "the node is down", now, std::nullopt});
  return holds;
}

}  // namespace

KernelMembers kernel_members(ServiceParts parts, const store::Snapshot& snapshot,
                             const Fleet& fleet, WallTime now) {
  Seating seating(known_nodes(parts));
  for (const auto& [folded, node] : snapshot.nodes)
    seating.add(node->value, fleet.node(node->value.uid));

  KernelMembers members;
  members.is_protected = seating.keep_the_last();
  members.left_out = seating.left_out();
  members.may_be_empty = !seating.was_any_online();
  std::vector<model::InstanceSpec> instances;
  std::vector<model::InstanceHolds> held;
  for (const auto& [address, seat] : seating.seats()) {
    instances.push_back(instance_at(address, seat));
    auto id = instances.back().id();
    auto holds = holds_for(store::holds_of(parts.live.held, id), seat.is_up, now);
    if (!holds.empty()) held.push_back({std::move(id), std::move(holds)});
  }
  std::ranges::sort(held, {}, &model::InstanceHolds::instance);
  parts.content.instances = std::move(instances);
  parts.live.held = std::move(held);
  members.parts = std::move(parts);
  return members;
}

}  // namespace reeve::manager
