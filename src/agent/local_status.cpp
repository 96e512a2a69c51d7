#include "agent/local_status.hpp"

#include "base/version.hpp"

#include <algorithm>

namespace reeve::agent {
namespace {

ListStatus status_of(const model::ServiceList& list, const ListState& state) {
  ListStatus status{list.service, list.revision, list.version, {}, state.error, state.files};
  model::ListMark wanted{list.revision, list.version};
  if (state.error)
    status.state = FilesState::failed;
  else
    status.state = state.on_disk == wanted ? FilesState::current : FilesState::pending;
  return status;
}

}  // namespace

std::vector<ListStatus> lists_of(const Applier& applier) {
  std::vector<ListStatus> lists;
  for (const auto& [uid, held] : applier.spec().lists)
    lists.push_back(status_of(*held.list, applier.state(uid)));
  std::ranges::sort(lists, {}, &ListStatus::service);
  return lists;
}

AgentStatus status_of(const std::string& node, const Applier& applier, const LinkState& link) {
  const auto& spec = applier.spec();
  return {node,
          std::string(version()),
          {link.is_connected, link.manager, link.since, link.why},
          {spec.cluster, spec.epoch, spec.version},
          lists_of(applier)};
}

}  // namespace reeve::agent
