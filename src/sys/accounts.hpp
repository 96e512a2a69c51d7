// Users and groups as this machine knows them, by name or by number. Asks the system's databases,
// which may lie on another machine: blocking; any thread.
#pragma once

#include "base/result.hpp"

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace reeve::sys {

struct Account {
  std::string name;
  uid_t uid = 0;
  gid_t gid = 0;  // its own group
  std::string home;
  std::vector<gid_t> groups;  // all that it is in
};

/// `not_found` for a user that does not exist here.
Result<Account> find_account(const std::string& user);

struct FileOwnership {
  uid_t uid = 0;
  std::optional<gid_t> gid;
};

/// Who a file shall belong to. Without a group it is the user's own; a number may stand for a user
/// or a group that has no name here, the former only with a group beside it.
Result<FileOwnership> find_ownership(const std::string& user, const std::string& group);

}  // namespace reeve::sys
