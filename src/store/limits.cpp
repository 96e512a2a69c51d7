#include "store/limits.hpp"

#include <unordered_set>

namespace reeve::store {
namespace {

// A key that is too long may be anything at all: quote its beginning.
std::string shortened(const std::string& key) {
  constexpr std::size_t kShown = 64;
  return key.size() <= kShown ? key : key.substr(0, kShown) + "…";
}

Result<> check_key(const std::string& key) {
  if (key.empty()) return fail(Errc::invalid, "a key must not be empty");
  if (key.size() > Limits::key)
    return fail_at(shortened(key), Errc::too_large, "key \"{}\" has {} bytes, {} are allowed",
                   shortened(key), key.size(), Limits::key);
  return {};
}

Result<std::size_t> size_of(const Write& write) {
  TRY(check_key(write.key));
  if (!write.value) return write.key.size();
  if (write.value->size() > Limits::value)
    return fail_at(write.key, Errc::too_large, "the value of \"{}\" has {} bytes, {} are allowed",
                   write.key, write.value->size(), Limits::value);
  return write.key.size() + write.value->size();
}

}  // namespace

Result<> check_commit(const Commit& commit) {
  if (commit.writes.size() > Limits::operations)
    return fail(Errc::too_large, "a commit of {} writes, {} are allowed", commit.writes.size(),
                Limits::operations);
  if (commit.guards.size() > Limits::operations)
    return fail(Errc::too_large, "a commit with {} guards, {} are allowed", commit.guards.size(),
                Limits::operations);
  for (const auto& guard : commit.guards) TRY(check_key(guard.key));
  std::unordered_set<std::string_view> keys;
  std::size_t total = 0;
  for (const auto& write : commit.writes) {
    TRY_ASSIGN(auto size, size_of(write));
    total += size;
    if (!keys.insert(write.key).second)
      return fail_at(write.key, Errc::invalid, "\"{}\" is written twice by one commit", write.key);
  }
  if (total > Limits::commit)
    return fail(Errc::too_large, "a commit of {} bytes, {} are allowed", total, Limits::commit);
  return {};
}

Failure conflict(const Guard& guard, Revision found) {
  if (guard.modified == 0)
    return fail_at(guard.key, Errc::conflict, "\"{}\" is there already, since commit {}", guard.key,
                   found);
  if (found == 0)
    return fail_at(guard.key, Errc::conflict, "\"{}\" is gone, expected it as of commit {}",
                   guard.key, guard.modified);
  return fail_at(guard.key, Errc::conflict, "\"{}\" was changed by commit {}, expected commit {}",
                 guard.key, found, guard.modified);
}

Failure stopped() { return fail(Errc::unavailable, "the store is shutting down"); }

}  // namespace reeve::store
