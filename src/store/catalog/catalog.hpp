// The catalog: the in-memory image of the store that everybody reads. It is fed by the store's
// watch on the domain loop; readers on any thread take an immutable snapshot and never wait for a
// writer. A writer that awaits reached() with his commit's revision reads his own write.
#pragma once

#include "async/loop.hpp"
#include "async/notifier.hpp"
#include "async/task_group.hpp"
#include "model/access.hpp"
#include "model/node.hpp"
#include "model/program.hpp"
#include "model/record.hpp"
#include "store/catalog/chunked_map.hpp"
#include "store/catalog/packed_document.hpp"
#include "store/catalog/service_entry.hpp"
#include "store/store.hpp"

#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace reeve::store {

template <class T>
using DocumentMap = ChunkedMap<std::shared_ptr<const Document<T>>>;

/// The whole desired state at one revision. Immutable; copies share everything.
struct Snapshot {
  Revision revision = 0;
  std::shared_ptr<const Document<model::Cluster>> cluster;   // null before it is made
  ChunkedMap<std::shared_ptr<const ServiceEntry>> services;  // by folded name
  /// By service uid, also of services that are gone: which revisions' contents are stored, rising.
  ChunkedMap<std::shared_ptr<const std::vector<std::uint64_t>>> revisions;
  DocumentMap<model::StoredNode> nodes;           // by folded name
  DocumentMap<model::StoredProgram> programs;     // by folded name
  DocumentMap<model::RemovedNode> removed_nodes;  // by uid; those that have not confirmed it
  DocumentMap<model::RemovedKey> removed_keys;    // by fingerprint
  DocumentMap<model::StoredToken> tokens;         // by uid
  DocumentMap<model::StoredToken> tokens_by_hash;
  DocumentMap<model::StoredJoinToken> join_tokens;  // by uid
  DocumentMap<model::StoredJoinToken> join_tokens_by_hash;
  ChunkedMap<std::shared_ptr<const OperationRecord>> operations;  // by uid
  DocumentMap<model::Notice> notices;                             // by uid, which rises with time
  DocumentMap<model::ReadMarks> read_marks;              // by the uid of the reader's token
  ChunkedMap<std::shared_ptr<const AuditRecord>> audit;  // by uid, which rises with time
};

using SnapshotPtr = std::shared_ptr<const Snapshot>;

/// What a change of the catalog touched; each name once.
struct Touched {
  std::set<std::string> services;  // folded names: made, edited or removed
  std::set<std::string> nodes;     // folded names
  std::set<std::string> programs;  // folded names
  std::set<std::string> operations, notices, audit, tokens, join_tokens, removed_nodes;  // uids
  std::set<std::string> removed_keys;  // fingerprints
  std::set<std::string> read_marks;    // uids of tokens
};

class Catalog {
 public:
  /// Called on the domain loop after each change, in order. Must not wait.
  using Listener =
      std::function<void(const Snapshot& before, const SnapshotPtr& after, const Touched& touched)>;

  Catalog(async::Loop& domain, Store& store);
  Catalog(const Catalog&) = delete;
  Catalog& operator=(const Catalog&) = delete;

  /// Reads everything, then follows. `corrupt` names the key of a document that cannot be read.
  Task<Result<>> start();

  /// Stops following the store; snapshots stay good.
  Task<Result<>> stop();

  /// Any thread; costs copying a pointer.
  SnapshotPtr snapshot() const {
    std::lock_guard lock(mutex_);
    return current_;
  }

  /// Waits until the snapshot holds commit `revision`. Domain loop.
  Task<Result<>> reached(Revision revision);

  /// Domain loop; before start() or any time later. For the life of the catalog.
  void on_change(Listener listener) { listeners_.push_back(std::move(listener)); }

 private:
  Result<> load(const Listing& listing);
  void follow(Revision after);
  void apply(std::vector<Batch> batches);
  void show(SnapshotPtr next, const Touched& touched);
  Task<> relist();

  async::Loop& domain_;
  Store& store_;
  // A lock held for one pointer's copy; std::atomic<shared_ptr> is the same lock in libstdc++ 12,
  // where the thread sanitizer cannot see it.
  mutable std::mutex mutex_;
  SnapshotPtr current_ = std::make_shared<const Snapshot>();
  std::unordered_map<std::string, std::string> service_names_;  // uid → folded name
  std::unique_ptr<Watch> watch_;
  async::Notifier advanced_;
  async::TaskGroup tasks_;
  std::vector<Listener> listeners_;
};

}  // namespace reeve::store
