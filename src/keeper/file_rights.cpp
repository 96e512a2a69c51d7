#include "keeper/file_rights.hpp"

#include <sys/fsuid.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace reeve::keeper {
namespace {

const std::vector<gid_t>& own_groups() {
  static const auto groups = [] {
    int count = ::getgroups(0, nullptr);
    std::vector<gid_t> all(static_cast<std::size_t>(count > 0 ? count : 0));
    if (count > 0) ::getgroups(count, all.data());
    return all;
  }();
  return groups;
}

void set_groups(const std::vector<std::uint32_t>& groups) {
  ::syscall(SYS_setgroups, groups.size(), groups.data());
}

}  // namespace

FileRights::FileRights(const FileUser& user) : is_taken_(user.is_other) {
  if (!is_taken_) return;
  [[maybe_unused]] const auto& kept_before = own_groups();
  set_groups(user.groups);
  ::setfsgid(user.gid);
  // Of a user that is not root the kernel takes the rights over others' files away by this.
  ::setfsuid(user.uid);
}

FileRights::~FileRights() {
  if (!is_taken_) return;
  ::setfsuid(::geteuid());
  ::setfsgid(::getegid());
  set_groups(own_groups());
}

}  // namespace reeve::keeper
