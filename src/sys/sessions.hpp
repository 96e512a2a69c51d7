// Programs that an earlier process of ours started and did not see to their end, for it was killed.
// They are known by the mark in their environment (ProgramSpec::mark), which needs no record that
// such an end could leave unwritten. Blocking; any thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <string_view>

namespace reeve::sys {

/// Kills each program with this mark but the caller, with its group, and waits for all of them for
/// as long as `patience`. Answers how many there were. What they put in a session of its own, as
/// daemons are, stays.
std::size_t kill_marked(std::string_view mark, std::chrono::milliseconds patience);

}  // namespace reeve::sys
