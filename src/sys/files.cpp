#include "sys/files.hpp"

#include "base/quote.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <utility>

namespace reeve::sys {
namespace {

constexpr int kOpenFolder = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
// Hidden from programs that read every file of a folder.
constexpr std::string_view kTemporaryPrefix = ".reeve-";
constexpr std::string_view kTemporarySuffix = ".tmp";

Failure failure(std::string_view doing, const std::string& path) {
  int number = errno;
  auto error = errno_error(number, fmt::format("{} {}", doing, path));
  if (number == ENOENT) error.code = Errc::not_found;
  return fail(std::move(error));
}

Result<> check_name(std::string_view name) {
  constexpr std::size_t kLongest = 255;
  bool is_plain = !name.empty() && name != "." && name != ".." && name.size() <= kLongest &&
                  name.find('/') == name.npos && name.find('\0') == name.npos;
  if (is_plain) return {};
  return fail(Errc::invalid,
              "{} is no file name: expected 1-{} bytes without a slash, not \".\" or \"..\"",
              quote(name), kLongest);
}

Result<std::string> temporary_name() {
  unsigned long long number = 0;
  if (::getrandom(&number, sizeof number, 0) != sizeof number)
    return failure("cannot draw a random name for", "a temporary file");
  return fmt::format("{}{:016x}{}", kTemporaryPrefix, number, kTemporarySuffix);
}

bool is_temporary(std::string_view name) {
  return name.size() == kTemporaryPrefix.size() + 16 + kTemporarySuffix.size() &&
         name.starts_with(kTemporaryPrefix) && name.ends_with(kTemporarySuffix);
}

Result<> set_owner(int fd, const FileOwner& owner, const std::string& path) {
  // The owner first: chown takes the set-id bits away.
  if (owner.uid || owner.gid) {
    auto uid = owner.uid.value_or(static_cast<uid_t>(-1));
    auto gid = owner.gid.value_or(static_cast<gid_t>(-1));
    if (::fchown(fd, uid, gid) != 0) return failure("cannot set the owner of", path);
  }
  if (::fchmod(fd, owner.mode) != 0) return failure("cannot set the mode of", path);
  return {};
}

Result<> write_all(int fd, std::string_view contents, const std::string& path) {
  while (!contents.empty()) {
    auto written = ::write(fd, contents.data(), contents.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return failure("cannot write", path);
    contents.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

FileKind kind_of(mode_t mode) {
  if (S_ISREG(mode)) return FileKind::regular;
  if (S_ISDIR(mode)) return FileKind::folder;
  if (S_ISLNK(mode)) return FileKind::link;
  return FileKind::other;
}

Result<> flush_folder(const Directory& folder) {
  if (::fsync(folder.fd()) != 0) return failure("cannot flush", folder.path().native());
  return {};
}

/// A new file under a name of its own, gone at the end unless it was renamed.
class Temporary {
 public:
  static Result<Temporary> create(const Directory& in) {
    TRY_ASSIGN(auto name, temporary_name());
    // Nobody else may read it before it has its owner and mode.
    UniqueFd fd(::openat(in.fd(), name.c_str(),
                         O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!fd) return failure("cannot create", in.path_of(name));
    return Temporary(in, std::move(name), std::move(fd));
  }
  Temporary(Temporary&& other) noexcept
      : in_(other.in_), name_(std::exchange(other.name_, {})), fd_(std::move(other.fd_)) {}
  Temporary& operator=(Temporary&&) = delete;
  ~Temporary() {
    if (!name_.empty()) ::unlinkat(in_.fd(), name_.c_str(), 0);
  }

  int fd() const { return fd_.get(); }

  Result<> rename_to(const std::string& name) {
    if (::renameat(in_.fd(), name_.c_str(), in_.fd(), name.c_str()) != 0)
      return failure("cannot replace", in_.path_of(name));
    name_.clear();
    return {};
  }

 private:
  Temporary(const Directory& in, std::string name, UniqueFd fd)
      : in_(in), name_(std::move(name)), fd_(std::move(fd)) {}

  const Directory& in_;
  std::string name_;
  UniqueFd fd_;
};

/// A new empty folder that nobody else may enter, under a name of its own: it gets the one that
/// others know with its owner and mode, or not at all.
class TemporaryFolder {
 public:
  static Result<TemporaryFolder> create(const Directory& in) {
    TRY_ASSIGN(auto name, temporary_name());
    if (::mkdirat(in.fd(), name.c_str(), 0700) != 0)
      return failure("cannot create a folder in", in.path().native());
    return TemporaryFolder(in, std::move(name));
  }
  TemporaryFolder(TemporaryFolder&& other) noexcept
      : in_(other.in_), name_(std::exchange(other.name_, {})) {}
  TemporaryFolder& operator=(TemporaryFolder&&) = delete;
  ~TemporaryFolder() {
    if (!name_.empty()) ::unlinkat(in_.fd(), name_.c_str(), AT_REMOVEDIR);
  }

  const std::string& name() const { return name_; }

  /// Nothing happens where the name is taken meanwhile.
  Result<> rename_to(const std::string& name) {
    auto rename = [&](unsigned int flags) {
      return ::renameat2(in_.fd(), name_.c_str(), in_.fd(), name.c_str(), flags) == 0;
    };
    // NFS and some others know no flags; an empty folder at most is replaced there.
    bool is_done = rename(RENAME_NOREPLACE) || ((errno == EINVAL || errno == ENOSYS) && rename(0));
    if (is_done) {
      name_.clear();
    } else if (errno != EEXIST && errno != ENOTEMPTY && errno != ENOTDIR) {
      return failure("cannot create the folder", in_.path_of(name));
    }
    return {};
  }

 private:
  TemporaryFolder(const Directory& in, std::string name) : in_(in), name_(std::move(name)) {}

  const Directory& in_;
  std::string name_;
};

}  // namespace

Result<Directory> RealFiles::open_directory(const std::filesystem::path& path) {
  UniqueFd fd(::open(path.c_str(), kOpenFolder));
  if (!fd) return failure("cannot open the folder", path.native());
  return Directory(std::move(fd), path);
}

Result<Directory> RealFiles::open_child(const Directory& in, std::string_view name) {
  TRY(check_name(name));
  UniqueFd fd(::openat(in.fd(), std::string(name).c_str(), kOpenFolder | O_NOFOLLOW));
  if (!fd) return failure("cannot open the folder", in.path_of(name));
  return Directory(std::move(fd), in.path() / name);
}

Result<Directory> RealFiles::create_child(const Directory& in, std::string_view name,
                                          FileOwner owner) {
  TRY(check_name(name));
  struct stat found{};
  if (::fstatat(in.fd(), std::string(name).c_str(), &found, AT_SYMLINK_NOFOLLOW) == 0)
    return open_child(in, name);
  if (errno != ENOENT) return failure("cannot look at", in.path_of(name));
  TRY_ASSIGN(auto temporary, TemporaryFolder::create(in));
  TRY_ASSIGN(auto made, open_child(in, temporary.name()));
  TRY(set_owner(made.fd(), owner, in.path_of(name)));
  TRY(temporary.rename_to(std::string(name)));
  TRY(flush_folder(in));
  // By the name: it may be another's who made it at the same moment.
  return open_child(in, name);
}

Result<> RealFiles::replace_file(const Directory& in, std::string_view name,
                                 std::string_view contents, FileOwner owner,
                                 Durability durability) {
  TRY(check_name(name));
  auto path = in.path_of(name);
  TRY_ASSIGN(auto temporary, Temporary::create(in));
  TRY(write_all(temporary.fd(), contents, path));
  TRY(set_owner(temporary.fd(), owner, path));
  bool is_written = durability != Durability::eventual;
  if (is_written && ::fsync(temporary.fd()) != 0) return failure("cannot flush", path);
  TRY(temporary.rename_to(std::string(name)));
  if (durability == Durability::flushed) TRY(flush_folder(in));
  return {};
}

Result<FileStatus> RealFiles::status(const Directory& in, std::string_view name) {
  TRY(check_name(name));
  struct stat found{};
  if (::fstatat(in.fd(), std::string(name).c_str(), &found, AT_SYMLINK_NOFOLLOW) != 0)
    return failure("cannot look at", in.path_of(name));
  return FileStatus{kind_of(found.st_mode), found.st_mode & 07777, found.st_uid, found.st_gid};
}

Result<std::string> RealFiles::read_file(const Directory& in, std::string_view name,
                                         std::size_t max_bytes) {
  TRY(check_name(name));
  auto path = in.path_of(name);
  // O_NONBLOCK: opening a pipe must not wait for its writer.
  UniqueFd fd(
      ::openat(in.fd(), std::string(name).c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!fd) return failure("cannot open", path);
  struct stat status{};
  if (::fstat(fd.get(), &status) != 0) return failure("cannot look at", path);
  if (!S_ISREG(status.st_mode)) return fail(Errc::io, "{} is not a regular file", path);
  // One byte more than allowed tells a file that grew meanwhile.
  std::string contents;
  auto size = static_cast<std::size_t>(status.st_size);
  contents.resize(std::min(size, max_bytes) + 1);
  std::size_t filled = 0;
  for (;;) {
    if (filled == contents.size()) contents.resize(std::min(2 * filled, max_bytes + 1));
    auto count = ::read(fd.get(), contents.data() + filled, contents.size() - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failure("cannot read", path);
    filled += static_cast<std::size_t>(count);
    if (filled > max_bytes)
      return fail(Errc::too_large, "{} has more than the {} bytes allowed", path, max_bytes);
    if (count == 0) break;
  }
  contents.resize(filled);
  return contents;
}

Result<> RealFiles::remove_file(const Directory& in, std::string_view name, Durability durability) {
  TRY(check_name(name));
  if (::unlinkat(in.fd(), std::string(name).c_str(), 0) != 0)
    return failure("cannot remove", in.path_of(name));
  if (durability == Durability::flushed) TRY(flush_folder(in));
  return {};
}

Result<> RealFiles::link_file(const Directory& in, std::string_view name, std::string_view as,
                              Durability durability) {
  TRY(check_name(name));
  TRY(check_name(as));
  if (::linkat(in.fd(), std::string(name).c_str(), in.fd(), std::string(as).c_str(), 0) != 0) {
    if (errno == EEXIST) return fail(Errc::exists, "{} is there already", in.path_of(as));
    return failure("cannot give a second name to", in.path_of(name));
  }
  if (durability == Durability::flushed) TRY(flush_folder(in));
  return {};
}

Result<> RealFiles::flush(const Directory& folder) { return flush_folder(folder); }

Result<std::vector<std::string>> RealFiles::list(const Directory& in) {
  // A description of its own: reading moves the offset, which a dup would share.
  int fd = ::openat(in.fd(), ".", kOpenFolder);
  std::unique_ptr<DIR, int (*)(DIR*)> entries(fd < 0 ? nullptr : ::fdopendir(fd), ::closedir);
  if (!entries) return failure("cannot list", in.path().native());
  std::vector<std::string> names;
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(entries.get());
    if (!entry) break;
    std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  if (errno != 0) return failure("cannot list", in.path().native());
  std::sort(names.begin(), names.end());
  return names;
}

Result<int> RealFiles::remove_leftovers(const Directory& in) {
  TRY_ASSIGN(auto names, list(in));
  int removed = 0;
  for (const auto& name : names) {
    if (!is_temporary(name)) continue;
    bool is_removed = ::unlinkat(in.fd(), name.c_str(), 0) == 0 ||
                      (errno == EISDIR && ::unlinkat(in.fd(), name.c_str(), AT_REMOVEDIR) == 0);
    if (!is_removed) return failure("cannot remove", in.path_of(name));
    ++removed;
  }
  return removed;
}

}  // namespace reeve::sys
