// What the keeper reports of a process, in the words of the API. Pure.
#pragma once

#include "keeper/protocol.hpp"
#include "model/process.hpp"

namespace reeve::supervise {

model::ProcessState state_of(keeper::State state);

/// `wanted_mark` is that of the spec which the process shall have.
model::ProcessStatus status_of(const keeper::Report& report, std::int64_t wanted_mark);

}  // namespace reeve::supervise
