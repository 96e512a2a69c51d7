// The Store: the one seam to durable state. A small revisioned key-value interface that every
// engine keeps: commits are atomic, durable when they answer, and get one revision each; a watch
// brings them in order without a gap. Everything above this header is the same code for every
// engine.
//
// Owned by a role's wiring. Called on the domain loop alone; results and watch calls arrive there.
#pragma once

#include "async/task.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace reeve::store {

/// Counts commits from 1; 0 is "before the first" and, in a guard, "there is no such key".
using Revision = std::uint64_t;

/// An immutable value, shared and never copied.
using Bytes = std::shared_ptr<const std::string>;

inline Bytes bytes(std::string text) {
  return std::make_shared<const std::string>(std::move(text));
}

/// Names a lease of this store; 0: none.
using LeaseId = std::uint64_t;

/// What every engine holds a caller to; over it a commit is refused with too_large.
struct Limits {
  static constexpr std::size_t key = 512;             // bytes of a key
  static constexpr std::size_t value = 512 * 1024;    // bytes of a value
  static constexpr std::size_t operations = 64;       // writes of a commit, guards, keys of a lease
  static constexpr std::size_t commit = 1024 * 1024;  // bytes of its keys and values
};

struct Entry {
  std::string key;
  Bytes value;
  Revision created = 0;   // of the commit that made the key
  Revision modified = 0;  // of the commit that last wrote it
};

/// Holds if `key` was last written by commit `modified`; 0: if there is no such key.
struct Guard {
  std::string key;
  Revision modified = 0;
};

/// A null value removes the key; removing what is not there is allowed and changes nothing. A key
/// written with a lease is removed when that ends; written again, it has what that write says.
struct Write {
  std::string key;
  Bytes value;
  LeaseId lease = 0;
};

/// All guards hold and all writes happen, or nothing does. A key is written at most once.
struct Commit {
  std::vector<Guard> guards;
  std::vector<Write> writes;
};

/// What one commit did, in the order of its writes.
struct Batch {
  Revision revision = 0;
  std::vector<Write> writes;
};

struct Listing {
  Revision revision = 0;       // the store's head when this was read
  std::vector<Entry> entries;  // ordered by key, bytewise
};

/// Calls of a watch, on the domain loop. `on_batches`: commits in order, each once, no gap.
/// `on_compacted`: the revision asked for is no longer kept; the watch has ended: list again, and
/// watch from the listing's revision.
struct Watcher {
  std::function<void(std::vector<Batch>)> on_batches;
  std::function<void()> on_compacted;
};

/// A running watch; ends with the object. No call comes after that.
class Watch {
 public:
  virtual ~Watch() = default;
};

class Store {
 public:
  virtual ~Store() = default;

  /// Answers the commit's revision once it is durable. `conflict` if a guard does not hold (the
  /// error's field is the guard's key), `not_found` for a lease that has ended, `too_large` over
  /// the limits, `storage_full`, `io`, `corrupt`: nothing was written. Calls may overlap; commits
  /// take effect in the order of the calls. A watch may hear of it before or after this answers.
  /// Cannot be called back: the wait ignores cancellation, and the commit counts in the order in
  /// which the tasks were started.
  virtual Task<Result<Revision>> commit(Commit commit) = 0;

  virtual Task<Result<std::optional<Entry>>> read(std::string key) = 0;

  /// Every entry whose key starts with `prefix`, at one revision.
  virtual Task<Result<Listing>> list(std::string prefix) = 0;

  /// Brings every commit after revision `after`, then each new one.
  virtual std::unique_ptr<Watch> watch(Revision after, Watcher watcher) = 0;

  /// Forgets what the commits up to `upto` did: a watch after an older revision is told
  /// on_compacted, one after `upto` itself misses nothing. `invalid` past the head.
  virtual Task<Result<>> compact(Revision upto) = 0;

  /// A lease that ends `ttl` from now unless it is kept alive. Its keys are then removed by one
  /// commit. For what only a living manager may hold; the liveness of nodes is not kept here.
  virtual Task<Result<LeaseId>> grant(Duration ttl) = 0;

  /// Its ttl begins anew; `not_found` when it has ended.
  virtual Task<Result<>> keep_alive(LeaseId lease) = 0;

  /// Ends it now: its keys are gone when this answers. `not_found` when it has ended.
  virtual Task<Result<>> revoke(LeaseId lease) = 0;

  /// The newest commit's revision.
  virtual Revision head() const = 0;

  /// Waits for the commits under way; later calls answer `unavailable`.
  virtual Task<Result<>> stop() = 0;
};

}  // namespace reeve::store
