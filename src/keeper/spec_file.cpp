#include "keeper/spec_file.hpp"

#include "base/unique_fd.hpp"
#include "keeper/spec.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

namespace reeve::keeper {
namespace {

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    auto wrote = ::write(fd, bytes.data(), bytes.size());
    if (wrote <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return true;
}

}  // namespace

Outcome<> write_spec(const std::string& file, std::string_view bytes) {
  auto beside = file + ".new";
  UniqueFd fd(::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd || !write_all(fd.get(), bytes) || ::rename(beside.c_str(), file.c_str()) != 0)
    return failed("write " + file, errno);
  return {};
}

Outcome<std::string> read_spec(const std::string& file) {
  UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd) return failed("open " + file, errno);
  return read_all(fd.get(), kMaxSpec);
}

Outcome<std::string> read_all(int fd, std::size_t most) {
  struct stat status{};
  if (::fstat(fd, &status) != 0) return failed("look at a file", errno);
  auto size = static_cast<std::size_t>(status.st_size);
  if (size > most)
    return failed("a file has " + std::to_string(size) + " bytes, at most " + std::to_string(most) +
                  " are read");
  std::string bytes(size, '\0');
  std::size_t have = 0;
  while (have < size) {
    auto got = ::pread(fd, bytes.data() + have, size - have, static_cast<off_t>(have));
    if (got <= 0) return failed("read a file", got < 0 ? errno : EIO);
    have += static_cast<std::size_t>(got);
  }
  return bytes;
}

Outcome<int> make_memfd(const char* name, std::string_view bytes, bool inherit) {
  UniqueFd fd(::memfd_create(name, inherit ? 0 : MFD_CLOEXEC));
  if (!fd || !write_all(fd.get(), bytes) || ::lseek(fd.get(), 0, SEEK_SET) != 0)
    return failed("make a memfd", errno);
  return fd.release();
}

}  // namespace reeve::keeper
