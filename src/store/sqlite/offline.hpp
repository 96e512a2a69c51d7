// Commits into an embedded store's file that no process runs, such as one that was just restored.
// Blocking; any thread.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "store/store.hpp"

#include <filesystem>

namespace reeve::store {

/// On the disk, with the file whole in itself, when it answers. The errors are
/// SqliteStore::open()'s and a commit's.
Result<> commit_offline(const std::filesystem::path& file, Commit commit, WallTime now);

}  // namespace reeve::store
