#include "manager/api/program_view.hpp"

#include "base/quote.hpp"
#include "model/name.hpp"

#include <algorithm>

namespace reeve::manager::api {
namespace {

std::string why_unknown(model::NodeState state, const ProgramSight* sight) {
  if (sight && sight->error) return *sight->error;
  if (state == model::NodeState::never_seen) return "its node's agent has never connected";
  if (state == model::NodeState::down) return "its node is down";
  return sight ? "its node has not started it yet" : "its node has not been told of it yet";
}

/// Those of one node, in order.
void add_processes(const model::StoredProgram& program, const model::StoredNode& node,
                   const Fleet& fleet, std::vector<model::Process>& all) {
  const auto* sight = fleet.program(node.uid, program.uid);
  auto state = fleet.node(node.uid).state;
  for (std::uint32_t i = 0; i < program.numprocs; ++i) {
    model::Process process;
    process.process = model::process_name(program.name, i, program.numprocs);
    if (sight) {
      auto found =
          std::ranges::find(sight->processes, process.process, &model::ProcessStatus::process);
      if (found != sight->processes.end()) static_cast<model::ProcessStatus&>(process) = *found;
      if (sight->error && !process.reason) process.reason = sight->error;
    }
    // What it last said of them counts no more.
    if (state != model::NodeState::up) process.state = model::ProcessState::UNKNOWN;
    if (process.state == model::ProcessState::UNKNOWN) process.reason = why_unknown(state, sight);
    process.program = program.name;
    process.node = node.name;
    all.push_back(std::move(process));
  }
}

}  // namespace

Result<ProgramPtr> find_program(const store::Snapshot& snapshot, const std::string& name) {
  const auto* found = snapshot.programs.find(model::fold(name));
  if (!found) return fail(Errc::not_found, "there is no program {}", quote(name));
  return *found;
}

void for_each_node(const model::StoredProgram& program, const store::Snapshot& snapshot,
                   const std::function<void(const model::StoredNode&)>& visit) {
  if (!program.placement) return;
  const auto& placement = *program.placement;
  if (placement.nodes) {
    for (const auto& name : *placement.nodes)
      if (const auto* node = snapshot.nodes.find(model::fold(name));
          node && !(*node)->value.leaving)
        visit((*node)->value);
    return;
  }
  for (const auto& item : snapshot.nodes) {
    const auto& node = item.value->value;
    if (!node.leaving && model::takes(placement, node.name, node.labels)) visit(node);
  }
}

model::Program view(const store::Document<model::StoredProgram>& program,
                    const store::Snapshot& snapshot, const Fleet& fleet) {
  const auto& stored = program.value;
  model::Program shown;
  static_cast<model::ProgramSpec&>(shown) = stored;
  shown.uid = stored.uid;
  shown.name = stored.name;
  shown.revision = stored.revision;
  shown.version = program.modified;
  shown.created = stored.created;
  shown.modified = stored.modified;
  std::vector<model::Process> processes;
  for_each_node(stored, snapshot, [&](const model::StoredNode& node) {
    ++shown.processes.nodes;
    processes.clear();
    add_processes(stored, node, fleet, processes);
    for (const auto& process : processes) count(process, shown.processes);
  });
  return shown;
}

std::vector<model::Process> processes_of(const store::Document<model::StoredProgram>& program,
                                         const store::Snapshot& snapshot, const Fleet& fleet) {
  std::vector<model::Process> all;
  for_each_node(program.value, snapshot, [&](const model::StoredNode& node) {
    add_processes(program.value, node, fleet, all);
  });
  return all;
}

}  // namespace reeve::manager::api
