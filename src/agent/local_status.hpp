// How the agent stands, and the services it has, as its local HTTP shows them. Made on the domain
// loop; plain values.
#pragma once

#include "agent/applier.hpp"
#include "agent/connector.hpp"
#include "json/codec.hpp"
#include "link/agent_status.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace reeve::agent {

using link::AgentStatus;
using link::FilesState;
using link::ListStatus;

/// A service as this node knows it: what its list says, under the names that the manager's API has
/// for it, and how that list fares here.
struct LocalService {
  std::string name;
  std::string uid;
  std::string description;
  std::uint64_t revision = 0;
  std::uint64_t version = 0;
  std::vector<model::ListedInstance> instances;
  FilesState state = FilesState::pending;
  std::optional<std::string> error;
  std::vector<std::string> files;
};
BOOST_DESCRIBE_STRUCT(LocalService, (),
                      (name, uid, description, revision, version, instances, state, error, files))

struct LocalServices {
  std::vector<LocalService> items;
};
BOOST_DESCRIBE_STRUCT(LocalServices, (), (items))

/// Whether it is a service that this node gets, and not one whose files it is only to remove.
bool is_shown(const model::ServiceList& list);
LocalService service_of(const model::ServiceList& list, const ListState& state);
/// By name.
std::vector<LocalService> services_of(const Applier& applier);
AgentStatus status_of(const std::string& node, const Applier& applier, const LinkState& link);

}  // namespace reeve::agent
