#include "agent/local_status.hpp"

#include "base/version.hpp"

#include <algorithm>
#include <utility>

namespace reeve::agent {
namespace {

FilesState files_state(const model::ServiceList& list, const ListState& state) {
  if (state.error) return FilesState::failed;
  model::ListMark wanted{list.revision, list.version};
  bool is_there = state.on_disk == wanted && state.outputs_mark == list.outputs_mark;
  return is_there ? FilesState::current : FilesState::pending;
}

std::vector<ListStatus> lists_of(const Applier& applier) {
  std::vector<ListStatus> lists;
  for (auto& one : services_of(applier))
    lists.push_back({std::move(one.name), one.revision, one.version, one.state,
                     std::move(one.error), std::move(one.files)});
  return lists;
}

}  // namespace

bool is_shown(const model::ServiceList& list) { return !list.remove_files.value_or(false); }

LocalService service_of(const model::ServiceList& list, const ListState& state) {
  return {list.service, list.uid,       list.description,         list.revision,
          list.version, list.instances, files_state(list, state), state.error,
          state.files};
}

std::vector<LocalService> services_of(const Applier& applier) {
  std::vector<LocalService> services;
  for (const auto& [uid, held] : applier.spec().lists)
    if (is_shown(*held.list)) services.push_back(service_of(*held.list, applier.state(uid)));
  std::ranges::sort(services, {}, &LocalService::name);
  return services;
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
