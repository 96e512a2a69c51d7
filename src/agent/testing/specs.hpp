// Specs and lists for the agent's tests: cluster c1, epoch 1, one instance each.
#pragma once

#include "agent/spec.hpp"
#include "link/digest.hpp"

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

namespace reeve::agent::testing {

/// The list of the service that is named as its uid; its one instance has the version as port.
model::ServiceList list(const std::string& uid, std::uint64_t version);
link::Upsert upsert(const std::string& uid, std::uint64_t version);
link::Upsert upsert(model::ServiceList list);
/// The program that is named as its uid, and sleeps; its one argument is the version.
model::PlacedProgram program(const std::string& uid, std::uint64_t version);
link::ProgramUpsert program_upsert(model::PlacedProgram program);
link::ProgramUpsert program_upsert(const std::string& uid, std::uint64_t version);
link::Spec spec_of_programs(std::uint64_t version, std::vector<link::ProgramUpsert> programs);
/// A delta.
link::Spec spec_of(std::uint64_t version, std::vector<link::Upsert> upserts);
HeldSpec held_spec(std::uint64_t version, const std::vector<link::Upsert>& upserts);

}  // namespace reeve::agent::testing
