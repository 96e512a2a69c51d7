#include "backup/bytes.hpp"

#include "backup/key.hpp"
#include "sys/folders.hpp"

#include <fmt/core.h>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

namespace reeve::backup {
namespace {

Failure failure(const char* doing, const std::filesystem::path& path) {
  return fail(errno_error(errno, fmt::format("{} {}", doing, path.native())));
}

std::filesystem::path folder_of(const std::filesystem::path& path) {
  auto folder = path.parent_path();
  return folder.empty() ? std::filesystem::path(".") : folder;
}

constexpr std::string_view kTemporaryPrefix = ".reeve-";
constexpr std::string_view kTemporarySuffix = ".part";
constexpr std::size_t kDigits = 16;

std::string temporary_name() {
  return fmt::format("{}{}{}", kTemporaryPrefix, to_hex(random_bytes(kDigits / 2)),
                     kTemporarySuffix);
}

bool is_temporary(std::string_view name) {
  return name.size() == kTemporaryPrefix.size() + kDigits + kTemporarySuffix.size() &&
         name.starts_with(kTemporaryPrefix) && name.ends_with(kTemporarySuffix);
}

// A living writer has it locked.
bool is_left(const std::filesystem::path& path) {
  UniqueFd fd(::open(path.c_str(), O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  struct stat status{};
  return fd && ::fstat(fd.get(), &status) == 0 && S_ISREG(status.st_mode) &&
         status.st_uid == ::geteuid() && ::flock(fd.get(), LOCK_EX | LOCK_NB) == 0;
}

// They may hold the key of a certificate authority.
void remove_leftovers(const std::filesystem::path& folder) {
  std::error_code ignored;  // what cannot be looked at stays
  std::filesystem::directory_iterator all(folder, ignored);
  for (auto at = begin(all); at != end(all); at.increment(ignored))
    if (is_temporary(at->path().filename().native()) && is_left(at->path()))
      ::unlink(at->path().c_str());
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

Result<NewFile> NewFile::create(const std::filesystem::path& path) {
  UniqueFd fd(::open(folder_of(path).c_str(), O_WRONLY | O_TMPFILE | O_CLOEXEC, 0600));
  // Whatever the reason was, a named one meets it again or does not.
  if (!fd) return create_named(path);
  return NewFile(std::move(fd), path, {});
}

Result<NewFile> NewFile::create_named(const std::filesystem::path& path) {
  auto folder = folder_of(path);
  remove_leftovers(folder);
  auto temporary = folder / temporary_name();
  UniqueFd fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!fd) return failure("cannot write", path);
  ::flock(fd.get(), LOCK_EX | LOCK_NB);  // says that its writer lives
  return NewFile(std::move(fd), path, std::move(temporary));
}

NewFile::NewFile(NewFile&& other) noexcept
    : fd_(std::move(other.fd_)),
      path_(std::move(other.path_)),
      temporary_(std::exchange(other.temporary_, {})) {}

NewFile::~NewFile() {
  // What cannot be removed says by its name what it is.
  if (!is_nameless()) ::unlink(temporary_.c_str());
}

std::filesystem::path NewFile::readable_path() const {
  return is_nameless() ? fmt::format("/proc/self/fd/{}", fd_.get()) : temporary_.native();
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
  if (existing == Existing::keep) {
    if (!take_free_name()) {
      if (errno == EEXIST) return fail(Errc::exists, "{} is there already", path_.native());
      return failure("cannot write", path_);
    }
  } else {
    // Only a file with a name can take another's.
    auto name = folder_of(path_) / temporary_name();
    if (is_nameless() && !link_to(name)) return failure("cannot write", path_);
    if (is_nameless()) temporary_ = std::move(name);
    if (::rename(temporary_.c_str(), path_.c_str()) != 0) return failure("cannot write", path_);
    temporary_.clear();
  }
  fd_.reset();
  return sys::flush_folder(folder_of(path_));
}

bool NewFile::link_to(const std::filesystem::path& path) const {
  return ::linkat(AT_FDCWD, readable_path().c_str(), AT_FDCWD, path.c_str(), AT_SYMLINK_FOLLOW) ==
         0;
}

bool NewFile::take_free_name() {
  if (is_nameless()) return link_to(path_);
  if (::renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD, path_.c_str(), RENAME_NOREPLACE) == 0) {
    temporary_.clear();
    return true;
  }
  // NFS and some others know no flags; the first name goes with us.
  return (errno == EINVAL || errno == ENOSYS) && link_to(path_);
}

}  // namespace reeve::backup
