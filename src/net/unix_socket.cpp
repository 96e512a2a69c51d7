#include "net/unix_socket.hpp"

#include "base/log.hpp"
#include "base/quote.hpp"
#include "base/unique_fd.hpp"

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

Result<> UnixSocketFile::make_room(const Address& address) {
  auto path = address.path();
  struct stat found{};
  if (::lstat(path.c_str(), &found) != 0) {
    if (errno == ENOENT) return {};
    return fail(errno_error(errno, "look at " + path));
  }
  if (!S_ISSOCK(found.st_mode))
    return fail(Errc::exists, "{} is not a socket; expected a free name for one", path);
  auto why_not = try_to_connect(address);
  // A full queue (EAGAIN) is a living listener's too.
  if (why_not == 0 || why_not == EAGAIN)
    return fail(Errc::in_use, "listen on unix:{}: another process listens there", path);
  if (why_not != ECONNREFUSED && why_not != ENOENT)
    return fail(errno_error(why_not, fmt::format("see who listens on unix:{}", path)));
  if (::unlink(path.c_str()) != 0 && errno != ENOENT)
    return fail(errno_error(errno, "remove the left socket " + path));
  return {};
}

Result<UnixSocketFile> UnixSocketFile::adopt(std::string path, mode_t mode) {
  struct stat made{};
  // Bound with the umask taken off its mode, so this can only open it.
  if (::chmod(path.c_str(), mode) != 0 || ::lstat(path.c_str(), &made) != 0)
    return fail(errno_error(errno, "set up the socket " + path));
  return UnixSocketFile(std::move(path), made);
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
