// Leases: the leases that an engine of this process keeps, in the time of its loop. They end with
// the process at the latest, for nobody else can hold them. Which keys they have is LeasedKeys'.
// Owned by an engine; domain loop only.
#pragma once

#include "async/loop.hpp"
#include "store/store.hpp"

#include <functional>
#include <map>

namespace reeve::store {

class Leases {
 public:
  /// `expired` removes the keys of a lease whose time is over; it may be called again.
  Leases(async::Loop& loop, std::function<void(LeaseId)> expired);
  ~Leases();
  Leases(const Leases&) = delete;
  Leases& operator=(const Leases&) = delete;

  /// `invalid` for a ttl that is not above 0.
  Result<LeaseId> grant(Duration ttl);
  Result<> keep_alive(LeaseId lease);
  /// Forgets it; removing its keys is the caller's.
  Result<> revoke(LeaseId lease);

  /// `not_found` if a write names a lease that has ended; the error's field is the key.
  Result<> check(const Commit& commit) const;

  /// Its keys could not be removed: `expired` is called again in a while.
  void end_again(LeaseId lease);

 private:
  struct Lease {
    Duration ttl;
    async::Loop::TimerKey timer;
  };
  async::Loop::TimerKey end_after(Duration wait, LeaseId lease);

  async::Loop& loop_;
  std::function<void(LeaseId)> expired_;
  LeaseId last_ = 0;
  std::map<LeaseId, Lease> standing_;
  std::map<LeaseId, async::Loop::TimerKey> ending_;
};

}  // namespace reeve::store
