// Programs and processes as the API shows them: what is stored, and over it what the nodes say.
// Domain loop.
#pragma once

#include "manager/fleet.hpp"
#include "model/program.hpp"
#include "store/catalog/catalog.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace reeve::manager::api {

using ProgramPtr = std::shared_ptr<const store::Document<model::StoredProgram>>;

/// By name, whatever its case; `not_found` says so to people.
Result<ProgramPtr> find_program(const store::Snapshot& snapshot, const std::string& name);

/// The nodes that it is placed on, as far as they are enrolled and are not being removed.
void for_each_node(const model::StoredProgram& program, const store::Snapshot& snapshot,
                   const std::function<void(const model::StoredNode&)>& visit);

model::Program view(const store::Document<model::StoredProgram>& program,
                    const store::Snapshot& snapshot, const Fleet& fleet);

/// All that it shall have, by node and name; those that no agent has spoken of are UNKNOWN, with
/// the reason.
std::vector<model::Process> processes_of(const store::Document<model::StoredProgram>& program,
                                         const store::Snapshot& snapshot, const Fleet& fleet);

}  // namespace reeve::manager::api
