// From a program as people state it to the processes that the keeper runs: by this node's users,
// folders and rules. The node has the last word: who may run what is said by its own reeve.yaml.
#pragma once

#include "base/result.hpp"
#include "keeper/spec.hpp"
#include "model/process.hpp"
#include "model/program.hpp"
#include "sys/accounts.hpp"

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace reeve::supervise {

/// Who may run programs here.
struct NodeRules {
  /// Users by name; not said: every user but root.
  std::optional<std::vector<std::string>> run_as{};
  /// The agent's own user may be named whatever the above says, even root.
  bool allow_own = false;
};

struct ResolveSettings {
  NodeRules rules{};
  std::filesystem::path logs{};  // absolute: <data>/logs
  uid_t own_uid = 0;             // of this agent
  std::function<Result<sys::Account>(const std::string&)> find_account = sys::find_account;
};

struct ResolvedProcess {
  std::string name;   // its own, and the keeper's for it
  keeper::Spec spec;  // with its mark
};

/// All processes of the program, or why this node does not run it. Every spec has a mark (its
/// digest), the same for the same spec. Looks up users: blocking; any thread.
Result<std::vector<ResolvedProcess>> resolve(const model::PlacedProgram& program,
                                             const ResolveSettings& settings);

/// Where a process' output goes; empty for nowhere.
std::filesystem::path log_path(const model::ProgramSpec& spec, const std::string& program,
                               const std::string& process, model::OutputStream stream,
                               const std::filesystem::path& logs);

}  // namespace reeve::supervise
