// An instance list as a node gets it: what the planner makes, the link carries, and the agent
// publishes. Its place in time is (cluster, epoch, version).
#pragma once

#include "model/instance.hpp"
#include "model/subscription.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace reeve::model {

/// An instance as apps see it; `status` and `weight` have every hold and governance in them.
struct ListedInstance {
  IpAddress ip;
  std::uint16_t port = 0;
  Status status = Status::online;
  int weight = 100;
  std::map<std::string, std::string> labels;
  std::map<std::string, std::uint16_t> ports;
  Health health = Health::unknown;
  json::Object unknown;  // of a newer manager; goes on to disks and apps
};
BOOST_DESCRIBE_STRUCT(ListedInstance, (), (ip, port, status, weight, labels, ports, health))

/// Takes traffic, as is_eligible() says of an Instance.
inline bool is_eligible(const ListedInstance& instance) {
  return instance.status == Status::online && instance.weight > 0;
}

/// One service's list for one node, with the files it becomes there.
struct ServiceList {
  std::string service;
  std::string uid;
  std::string cluster;
  std::uint64_t epoch = 0;
  std::uint64_t version = 0;
  std::uint64_t revision = 0;
  std::string description;
  std::vector<ListedInstance> instances;
  std::vector<Output> outputs;
  /// model::outputs_mark(), which the agent gives back with its word about the list.
  std::optional<std::uint64_t> outputs_mark{};
  /// If so, the files of the outputs shall go, as far as they are still as Reeve wrote them.
  std::optional<bool> remove_files{};
  json::Object unknown;
};
BOOST_DESCRIBE_STRUCT(ServiceList, (),
                      (service, uid, cluster, epoch, version, revision, description, instances,
                       outputs, outputs_mark, remove_files))

}  // namespace reeve::model
