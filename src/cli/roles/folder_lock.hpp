// One process at a time on a data folder: an flock, which the system lets go however the process
// ends. Held by the role that runs there; one thread.
#pragma once

#include "base/result.hpp"
#include "base/unique_fd.hpp"

#include <filesystem>
#include <optional>

namespace reeve::cli {

class FolderLock {
 public:
  /// Nothing if another process holds it.
  static Result<std::optional<FolderLock>> take(const std::filesystem::path& file);

 private:
  explicit FolderLock(UniqueFd file) : file_(std::move(file)) {}
  UniqueFd file_;
};

}  // namespace reeve::cli
