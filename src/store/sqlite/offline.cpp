#include "store/sqlite/offline.hpp"

#include "store/sqlite/database.hpp"

namespace reeve::store {

Result<> commit_offline(const std::filesystem::path& file, Commit commit, WallTime now) {
  TRY_ASSIGN(auto database, Database::open(file, {}, now));
  std::vector<Member> members;
  members.push_back({std::move(commit), 0, 0});
  database->commit(members);
  if (!members.front().outcome) return fail(members.front().outcome.error());
  return database->checkpoint();
}

}  // namespace reeve::store
