#include "backup/bytes.hpp"

#include <fmt/core.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace reeve::backup {
namespace {

Failure failure(const char* doing, const std::filesystem::path& path) {
  return fail(errno_error(errno, fmt::format("{} {}", doing, path.native())));
}

std::filesystem::path folder_of(const std::filesystem::path& path) {
  auto folder = path.parent_path();
  return folder.empty() ? std::filesystem::path(".") : folder;
}

}  // namespace

Result<InFile> InFile::open(const std::filesystem::path& path) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd && errno == ENOENT) return fail(Errc::not_found, "there is no file {}", path.native());
  if (!fd) return failure("cannot open", path);
  return InFile(std::move(fd), path);
}

Result<std::string> InFile::read(std::size_t most) {
  std::string bytes(most, '\0');
  std::size_t got = 0;
  while (got < most) {
    auto count = ::read(fd_.get(), bytes.data() + got, most - got);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failure("cannot read", path_);
    if (count == 0) break;
    got += static_cast<std::size_t>(count);
  }
  bytes.resize(got);
  return bytes;
}

Result<std::uint64_t> InFile::size() const {
  struct stat status{};
  if (::fstat(fd_.get(), &status) != 0) return failure("cannot look at", path_);
  return static_cast<std::uint64_t>(status.st_size);
}

Result<> InFile::rewind() {
  if (::lseek(fd_.get(), 0, SEEK_SET) != 0) return failure("cannot read again", path_);
  return {};
}

Result<NewFile> NewFile::create(std::filesystem::path path) {
  auto temporary =
      folder_of(path) / fmt::format(".{}.{}.part", path.filename().native(), ::getpid());
  UniqueFd fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!fd) return failure("cannot write", temporary);
  return NewFile(std::move(fd), std::move(path), std::move(temporary));
}

NewFile::~NewFile() {
  // What cannot be removed says by its name what it is.
  if (fd_) ::unlink(temporary_.c_str());
}

Result<> NewFile::write(std::string_view bytes) {
  while (!bytes.empty()) {
    auto count = ::write(fd_.get(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failure("cannot write", path_);
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

Result<> NewFile::flush() {
  if (::fsync(fd_.get()) != 0) return failure("cannot flush", path_);
  return {};
}

Result<> NewFile::publish(Existing existing) {
  TRY(flush());
  unsigned int flags = existing == Existing::keep ? RENAME_NOREPLACE : 0;
  if (::renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD, path_.c_str(), flags) != 0) {
    if (errno == EEXIST) return fail(Errc::exists, "{} is there already", path_.native());
    return failure("cannot write", path_);
  }
  fd_.reset();
  return flush_folder(folder_of(path_));
}

Result<> flush_folder(const std::filesystem::path& folder) {
  UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || ::fsync(fd.get()) != 0) return failure("cannot flush the folder", folder);
  return {};
}

}  // namespace reeve::backup
