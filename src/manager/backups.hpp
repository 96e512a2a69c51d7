// Makes backups while the manager runs: a copy of the store at one revision, the certificate
// authority, and the manifest that says what they are. Domain loop; files on the pool.
#pragma once

#include "async/call.hpp"
#include "backup/bytes.hpp"
#include "backup/manifest.hpp"
#include "manager/cluster.hpp"
#include "manager/editor.hpp"
#include "net/stream_writer.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace reeve::manager {

/// What is in a backup's file before it is sealed, part by part. Blocking; one thread at a time.
class BackupSource {
 public:
  /// `store` is the copy, which nobody else sees any more; its entry stands first in `manifest`.
  /// The other files' contents are `texts`, in the manifest's order.
  BackupSource(backup::Manifest manifest, backup::InFile store, std::vector<std::string> texts);

  /// The next part, "" at the end.
  Result<std::string> next();

 private:
  std::string head_, tail_;
  backup::InFile store_;
  bool is_begun_ = false, is_store_done_ = false, is_done_ = false;
};

struct BackupParts {
  async::BlockingPool& pool;
  const sys::Clock& clock;
  const ClusterIdentity& cluster;
  store::Catalog& catalog;
  Editor& editor;
  std::filesystem::path folder;  // where the copy lies for a moment
  /// A consistent copy in a file that is not there yet; answers its revision. Not set for a store
  /// that others back up.
  std::function<Task<Result<store::Revision>>(std::filesystem::path)> copy_store;
};

class Backups {
 public:
  using SourcePtr = std::shared_ptr<BackupSource>;

  explicit Backups(BackupParts parts) : parts_(std::move(parts)) {}

  /// `conflict` while another one is being copied. Writes wait while the store is copied.
  Task<Result<SourcePtr>> take(Actor actor);

  /// Writes all of it; on an I/O loop. What was cut short is found by its reader.
  Task<> send(SourcePtr source, net::StreamWriter writer);

 private:
  Task<Result<SourcePtr>> copy();

  BackupParts parts_;
  bool is_copying_ = false;
};

}  // namespace reeve::manager
