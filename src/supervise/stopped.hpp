// Which processes people have stopped: they stay stopped until somebody starts them, over restarts
// of the agent and of the machine. One small file, on the disk before anything is acted upon.
// Blocking; one call at a time.
#pragma once

#include "base/result.hpp"
#include "sys/files.hpp"

#include <filesystem>
#include <set>
#include <string>

namespace reeve::supervise {

using Names = std::set<std::string>;

/// Of the folder's stopped.json. A missing file is none; a damaged one is set aside with a line in
/// the log, for a process that runs against somebody's wish can be stopped again.
Result<Names> load_stopped(sys::Files& files, const std::filesystem::path& folder);

Result<> save_stopped(sys::Files& files, const std::filesystem::path& folder, const Names& names);

}  // namespace reeve::supervise
