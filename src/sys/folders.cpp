#include "sys/folders.hpp"

#include "base/unique_fd.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace reeve::sys {
namespace {

constexpr mode_t kOpen = 0755;

// Whether it was made: somebody else may do so at the same moment.
Result<bool> make_one(const std::filesystem::path& path) {
  if (::mkdir(path.c_str(), kOpen) == 0) return true;
  if (errno == EEXIST) return false;
  return fail(errno_error(errno, path.native()));
}

}  // namespace

Result<> make_open_folders(const std::filesystem::path& path) {
  struct stat found{};
  if (::stat(path.c_str(), &found) == 0) {
    if (S_ISDIR(found.st_mode)) return {};
    return fail(errno_error(ENOTDIR, path.native()));
  }
  if (errno != ENOENT) return fail(errno_error(errno, path.native()));
  if (path.has_relative_path()) TRY(make_open_folders(path.parent_path()));
  TRY_ASSIGN(bool is_new, make_one(path));
  if (!is_new) return {};
  if (::chmod(path.c_str(), kOpen) != 0) return fail(errno_error(errno, path.native()));
  auto parent = path.has_parent_path() ? path.parent_path() : ".";
  // One in which we may make folders, but not look, is not ours to flush.
  if (::access(parent.c_str(), R_OK) != 0 && errno == EACCES) return {};
  return flush_folder(parent);
}

Result<> flush_folder(const std::filesystem::path& folder) {
  UniqueFd handle(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!handle || ::fsync(handle.get()) != 0)
    return fail(errno_error(errno, "cannot flush the folder " + folder.native()));
  return {};
}

}  // namespace reeve::sys
