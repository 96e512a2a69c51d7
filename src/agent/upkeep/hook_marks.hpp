// Which runs of `on_change` are due, so that none is missed: each list's kept entry says for which
// text of each file its program last went well (HeldList::hooked). A file that holds another text
// than that is due for a run, also when the agent was killed before it, or the run failed. Pure;
// domain loop.
#pragma once

#include "agent/hooks/hooks.hpp"
#include "agent/spec.hpp"
#include "discover/publish/publisher.hpp"

#include <string>
#include <vector>

namespace reeve::agent {

/// The paths of all outputs that may be written here.
std::vector<std::string> paths_of(const model::ServiceList& list,
                                  const std::vector<std::string>& roots);

/// Whether any output names a program; most lists have none.
bool has_hooks(const model::ServiceList& list);

/// An output that names a program from now on owes no run for a file that stands there already.
void begin_marks(HeldList& entry, const std::vector<std::string>& roots);

/// The runs that are due after the files were written.
std::vector<HookWish> due_hooks(const HeldList& held, const discover::Published& result,
                                const std::vector<std::string>& roots);

}  // namespace reeve::agent
