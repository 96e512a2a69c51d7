#include "net/unix_socket.hpp"

#include "base/log.hpp"
#include "base/quote.hpp"
#include "net/digest.hpp"

#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace reeve::net {
namespace {

using Address = asio::local::stream_protocol::endpoint;

// Answers an errno; 0 when somebody listens.
int try_to_connect(const Address& address) {
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return errno;
  auto size = static_cast<socklen_t>(address.size());
  return ::connect(socket.get(), address.data(), size) == 0 ? 0 : errno;
}

}  // namespace

Result<Address> unix_address(const std::string& path) {
  if (!path.starts_with('/') || path.find('\0') != path.npos)
    return fail(Errc::invalid, "the path of a Unix socket must be absolute, got {}", quote(path));
  if (path.size() > kMaxUnixPath)
    return fail(Errc::invalid, "the path of a Unix socket has at most {} bytes, {} has {}",
                kMaxUnixPath, quote(path), path.size());
  return Address(path);
}

UnixSocketPlace::UnixSocketPlace(std::string path, UniqueFd folder)
    : path_(std::move(path)),
      name_(path_.substr(path_.rfind('/') + 1)),
      folder_(std::move(folder)),
      own_name_(".reeve-" + random_hex(8) + ".sock") {}

UnixSocketPlace::UnixSocketPlace(UnixSocketPlace&& other) noexcept
    : path_(std::move(other.path_)),
      name_(std::move(other.name_)),
      folder_(std::move(other.folder_)),
      own_name_(std::move(other.own_name_)) {}

UnixSocketPlace::~UnixSocketPlace() {
  if (folder_) ::unlinkat(folder_.get(), own_name_.c_str(), 0);
}

Result<UnixSocketPlace> UnixSocketPlace::find(std::string path) {
  TRY(unix_address(path));
  auto folder = path.substr(0, path.rfind('/') + 1);
  UniqueFd handle(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!handle) return fail(errno_error(errno, "listen on unix:" + path));
  return UnixSocketPlace(std::move(path), std::move(handle));
}

// Short however long the folder's name is.
Address UnixSocketPlace::own_address() const {
  return Address(fmt::format("/proc/self/fd/{}/{}", folder_.get(), own_name_));
}

Result<UnixSocketFile> UnixSocketPlace::take(mode_t mode) {
  int folder = folder_.get();
  struct stat made{};
  // Bound with the umask taken off its mode, so this can only open it.
  if (::fchmodat(folder, own_name_.c_str(), mode, 0) != 0 ||
      ::fstatat(folder, own_name_.c_str(), &made, AT_SYMLINK_NOFOLLOW) != 0)
    return fail(errno_error(errno, "set up the socket " + path_));
  constexpr int kMostTries = 100;
  for (int i = 0; i < kMostTries; ++i) {
    if (::linkat(folder, own_name_.c_str(), folder, name_.c_str(), 0) == 0)
      return UnixSocketFile(path_, made);
    if (errno != EEXIST) return fail(errno_error(errno, "listen on unix:" + path_));
    TRY_ASSIGN(auto dead, find_dead());
    if (!dead) continue;
    TRY_ASSIGN(bool is_ours, replace(*dead));
    if (is_ours) return UnixSocketFile(path_, made);
  }
  return fail(Errc::in_use, "listen on unix:{}: other processes come and go there", path_);
}

Result<std::optional<struct stat>> UnixSocketPlace::find_dead() const {
  struct stat found{};
  if (::fstatat(folder_.get(), name_.c_str(), &found, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return std::nullopt;
    return fail(errno_error(errno, "look at " + path_));
  }
  if (!S_ISSOCK(found.st_mode))
    return fail(Errc::exists, "{} is not a socket; expected a free name for one", path_);
  auto why_not = try_to_connect(Address(path_));
  if (why_not == ENOENT) return std::nullopt;
  // A full queue (EAGAIN) is a living listener's too.
  if (why_not == 0 || why_not == EAGAIN)
    return fail(Errc::in_use, "listen on unix:{}: another process listens there", path_);
  if (why_not != ECONNREFUSED)
    return fail(errno_error(why_not, fmt::format("see who listens on unix:{}", path_)));
  return found;
}

/// The names change places in one step. False where that took a living one's name, which has it
/// back: it came after we had looked.
Result<bool> UnixSocketPlace::replace(const struct stat& dead) {
  int folder = folder_.get();
  auto exchange = [&] {
    return ::renameat2(folder, own_name_.c_str(), folder, name_.c_str(), RENAME_EXCHANGE) == 0;
  };
  if (!exchange()) {
    if (errno == ENOENT) return false;
    return fail(errno_error(errno, "replace the left socket " + path_));
  }
  struct stat taken{};
  bool is_known = ::fstatat(folder, own_name_.c_str(), &taken, AT_SYMLINK_NOFOLLOW) == 0;
  if (is_known && taken.st_dev == dead.st_dev && taken.st_ino == dead.st_ino) return true;
  if (!exchange()) return fail(errno_error(errno, "give back the socket " + path_));
  return false;
}

void UnixSocketFile::remove() const {
  struct stat now{};
  if (::lstat(path_.c_str(), &now) != 0) return;  // somebody has removed it
  if (now.st_dev != made_.st_dev || now.st_ino != made_.st_ino) return;
  if (::unlink(path_.c_str()) != 0)
    log::warning("cannot remove the socket", {{"path", path_}, {"why", std::strerror(errno)}});
}

std::optional<PeerProcess> process_behind(int socket) {
  ucred who{};
  socklen_t size = sizeof who;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &who, &size) != 0) return std::nullopt;
  return PeerProcess{who.uid, who.gid, who.pid};
}

}  // namespace reeve::net
