// Starts guardian and keeper beside this process, not below it: they outlive it.
#pragma once

#include "base/result.hpp"

#include <filesystem>

namespace reeve::supervise {

/// Runs `program FOLDER` in a session of its own, whose parent is nobody of ours. It has gone on by
/// itself when this answers, and may still end at once, with its words in <folder>/start.log.
/// Makes the folder (0700). Blocks for a moment; any thread.
Result<> start_keeper(const std::filesystem::path& program, const std::filesystem::path& folder);

/// What a keeper that ended at once has said; "" for nothing.
std::string last_words(const std::filesystem::path& folder);

/// Where `reeve-keeper` lies beside this program.
std::filesystem::path default_keeper_program();

}  // namespace reeve::supervise
