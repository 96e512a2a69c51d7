#include "sys/accounts.hpp"

#include "base/quote.hpp"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstddef>

namespace reeve::sys {
namespace {

constexpr std::size_t kLargestEntry = 1 << 20;

std::optional<id_t> number_of(const std::string& text) {
  id_t number = 0;
  const auto* end = text.data() + text.size();
  auto [stopped, fault] = std::from_chars(text.data(), end, number);
  // All ones stands for "none" in the calls that take one.
  bool is_number = fault == std::errc{} && stopped == end && number != static_cast<id_t>(-1);
  return is_number ? std::optional(number) : std::nullopt;
}

/// `ask` fills the entry, whose texts lie in the buffer that it is given. 0 without an entry: there
/// is none.
template <class Entry, class Ask>
Result<bool> look_up(Entry& entry, std::vector<char>& buffer, const std::string& what, Ask ask) {
  for (buffer.resize(4096);; buffer.resize(2 * buffer.size())) {
    Entry* found = nullptr;
    int error = ask(&entry, buffer.data(), buffer.size(), &found);
    if (error == EINTR) continue;
    if (error == ERANGE && buffer.size() < kLargestEntry) continue;
    bool is_unknown = error == 0 || error == ENOENT || error == ESRCH || error == EBADF;
    if (!found && is_unknown) return false;
    if (!found) return fail(errno_error(error, "cannot look up " + what));
    return true;
  }
}

std::vector<gid_t> groups_of(const char* user, gid_t own) {
  int count = 64;
  std::vector<gid_t> groups(static_cast<std::size_t>(count));
  while (::getgrouplist(user, own, groups.data(), &count) < 0)
    groups.resize(static_cast<std::size_t>(count));
  groups.resize(static_cast<std::size_t>(count));
  return groups;
}

Result<gid_t> find_group(const std::string& group) {
  if (auto number = number_of(group)) return static_cast<gid_t>(*number);
  struct group entry{};
  std::vector<char> buffer;
  TRY_ASSIGN(bool is_known,
             look_up(entry, buffer, "the group " + quote(group),
                     [&](auto... places) { return ::getgrnam_r(group.c_str(), places...); }));
  if (!is_known) return fail(Errc::not_found, "there is no group {} on this machine", quote(group));
  return entry.gr_gid;
}

}  // namespace

Result<Account> find_account(const std::string& user) {
  passwd entry{};
  std::vector<char> buffer;
  auto number = number_of(user);
  TRY_ASSIGN(bool is_known, look_up(entry, buffer, "the user " + quote(user), [&](auto... places) {
               return number ? ::getpwuid_r(static_cast<uid_t>(*number), places...)
                             : ::getpwnam_r(user.c_str(), places...);
             }));
  if (!is_known) return fail(Errc::not_found, "there is no user {} on this machine", quote(user));
  return Account{entry.pw_name, entry.pw_uid, entry.pw_gid, entry.pw_dir,
                 groups_of(entry.pw_name, entry.pw_gid)};
}

Result<FileOwnership> find_ownership(const std::string& user, const std::string& group) {
  FileOwnership owner;
  auto number = number_of(user);
  if (number && !group.empty()) {
    owner.uid = static_cast<uid_t>(*number);
  } else {
    TRY_ASSIGN(auto account, find_account(user));
    owner.uid = account.uid;
    owner.gid = account.gid;
  }
  if (!group.empty()) {
    TRY_ASSIGN(owner.gid, find_group(group));
  }
  return owner;
}

}  // namespace reeve::sys
