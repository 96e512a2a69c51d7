#include "store/sqlite/create_file.hpp"

#include "base/unique_fd.hpp"
#include "sys/folders.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace reeve::store {

Result<bool> create_file(const std::filesystem::path& file) {
  UniqueFd made(::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!made) {
    if (errno == EEXIST) return false;
    return fail(errno_error(errno, fmt::format("cannot create the database {}", file.native())));
  }
  auto folder = file.parent_path().empty() ? std::filesystem::path(".") : file.parent_path();
  TRY(sys::flush_folder(folder));
  return true;
}

}  // namespace reeve::store
