#include "manager/removed_keys.hpp"

#include "base/quote.hpp"
#include "base/time_text.hpp"
#include "json/codec.hpp"
#include "store/catalog/keys.hpp"

#include <algorithm>

namespace reeve::manager {

std::vector<store::Write> remember_key(const model::StoredNode& node,
                                       const store::Snapshot& snapshot, WallTime now) {
  model::RemovedKey key;
  key.fingerprint = node.key_fingerprint;
  key.node = node.name;
  key.removed = now;
  std::vector<store::Write> writes = {
      {store::keys::removed_key(key.fingerprint), store::bytes(json::encode_text(key))}};
  const auto& known = snapshot.removed_keys;
  if (known.size() < kMostRemovedKeys || known.find(key.fingerprint)) return writes;
  const model::RemovedKey* oldest = nullptr;
  for (const auto& item : known)
    if (!oldest || item.value->value.removed < oldest->removed) oldest = &item.value->value;
  if (oldest) writes.push_back({store::keys::removed_key(oldest->fingerprint), nullptr});
  return writes;
}

Result<> check_not_removed(const std::string& key_fingerprint, const store::Snapshot& snapshot) {
  const auto* found = snapshot.removed_keys.find(key_fingerprint);
  if (!found) return {};
  const auto& key = (*found)->value;
  return fail(Errc::forbidden,
              "this key was that of node {} and was removed at {}: it does not come back; if this "
              "machine shall be a node again, stop its agent, remove its \"agent\" folder and join "
              "anew, which makes a new key",
              quote(key.node), format_time(key.removed));
}

}  // namespace reeve::manager
