// JSON Merge Patch (RFC 7396), the difference of two values, and putting kept secrets back. Pure
// functions; any thread.
#pragma once

#include "json/json.hpp"

#include <functional>

namespace reeve::json {

/// The target with the patch applied: null removes, an object merges, all else replaces.
Value merge_patch(Value target, const Value& patch);

/// The merge patch that leads from one to the other; {} for equal objects. A null inside an object
/// of `after` cannot be said in a merge patch, and comes out as a missing key, which means the same
/// here.
Value diff(const Value& before, const Value& after);

/// Puts the stored secrets back into an answer that was sent back: wherever `incoming` holds
/// {"fingerprint": F} and `stored` holds, at the same place, a string with that fingerprint, the
/// string takes the place. What matches nothing stays, and is a fault when it is decoded. In arrays
/// the index is the place.
void restore_secrets(Value& incoming, const Value& stored,
                     const std::function<std::string(std::string_view secret)>& fingerprint);

}  // namespace reeve::json
