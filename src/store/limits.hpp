// What every engine refuses before it looks at its data. A pure function; any thread.
#pragma once

#include "base/result.hpp"
#include "store/store.hpp"

namespace reeve::store {

/// `too_large` over the limits; `invalid` for an empty key and a key written twice. The error's
/// field is the key at fault.
Result<> check_commit(const Commit& commit);

/// The failure of a guard that does not hold; `found` is the key's revision, 0 if it is not there.
Failure conflict(const Guard& guard, Revision found);

/// What every call answers after stop().
Failure stopped();

}  // namespace reeve::store
