// Makes a manager's data folder out of a backup. The manager that is started there is in hold: its
// agents may have newer lists than it knows of. Blocking; nobody else uses the folder.
#pragma once

#include "backup/manifest.hpp"
#include "backup/sealed_file.hpp"
#include "base/time.hpp"
#include "sys/folders.hpp"

#include <filesystem>
#include <functional>

namespace reeve::backup {

struct RestoreRequest {
  std::filesystem::path file;
  std::filesystem::path data;  // made if it is not there; `in_use` unless it is empty
  Passphrase passphrase;
  WallTime now;
  /// Puts the data folder's names on the disk; a test's disk refuses.
  std::function<Result<>(const std::filesystem::path&)> flush_names = sys::flush_folder;
};

/// All of it is on the disk when this answers; after a failure the folder is as it was, without
/// what an earlier restore that was killed left there. Its errors
/// are those of open_backup() and read_files(), and `unsupported` for a newer Reeve's store.
Result<Manifest> restore(const RestoreRequest& request);

}  // namespace reeve::backup
