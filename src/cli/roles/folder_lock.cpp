#include "cli/roles/folder_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>

namespace reeve::cli {

Result<std::optional<FolderLock>> FolderLock::take(const std::filesystem::path& file) {
  UniqueFd lock(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!lock) {
    auto problem = errno_error(errno, "cannot open " + file.string());
    return fail(problem.code, "{}; run this as its owner, or name another folder with --data DIR",
                problem.what);
  }
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) == 0) return FolderLock(std::move(lock));
  if (errno == EWOULDBLOCK) return std::nullopt;
  return fail(errno_error(errno, "lock " + file.string()));
}

}  // namespace reeve::cli
