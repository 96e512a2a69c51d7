#include "net/unix_socket.hpp"

#include "base/log.hpp"
#include "base/quote.hpp"
#include "net/digest.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace reeve::net {
namespace {

using Address = asio::local::stream_protocol::endpoint;

// Before and after random digits.
constexpr std::string_view kOwnPrefix = ".reeve-";
constexpr std::string_view kOwnSuffix = ".sock";
constexpr std::size_t kOwnDigits = 16;

bool is_own_name(std::string_view name) {
  return name.size() == kOwnPrefix.size() + kOwnDigits + kOwnSuffix.size() &&
         name.starts_with(kOwnPrefix) && name.ends_with(kOwnSuffix);
}

// Short however long the folder's name is.
Address address_in(int folder, std::string_view name) {
  return Address(fmt::format("/proc/self/fd/{}/{}", folder, name));
}

bool is_same_file(const struct stat& one, const struct stat& other) {
  return one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

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
      own_name_(fmt::format("{}{}{}", kOwnPrefix, random_hex(kOwnDigits / 2), kOwnSuffix)) {}

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
  UnixSocketPlace place(std::move(path), std::move(handle));
  if (place.lock()) place.remove_leftovers();
  return place;
}

// Whoever holds it needs but a moment. Anybody who may look into the folder can lock it, though,
// and some file systems cannot: then those who start at once may take the name from each other, and
// this one starts.
bool UnixSocketPlace::lock() const {
  constexpr int kMostTries = 100;
  constexpr int kPause = 10;  // milliseconds; flock(2) itself has no deadline
  for (int i = 0; i < kMostTries; ++i) {
    if (::flock(folder_.get(), LOCK_EX | LOCK_NB) == 0) return true;
    if (errno != EWOULDBLOCK && errno != EINTR) return false;
    ::poll(nullptr, 0, kPause);
  }
  log::warning("another process keeps the folder of a socket locked", {{"path", path_}});
  return false;
}

void UnixSocketPlace::remove_leftovers() const {
  int folder = folder_.get();
  std::error_code ignored;  // what cannot be looked at stays
  std::filesystem::directory_iterator all(fmt::format("/proc/self/fd/{}", folder), ignored);
  for (auto at = begin(all); at != end(all); at.increment(ignored)) {
    auto name = at->path().filename().native();
    bool is_dead = is_own_name(name) &&
                   at->symlink_status(ignored).type() == std::filesystem::file_type::socket &&
                   try_to_connect(address_in(folder, name)) == ECONNREFUSED;
    if (is_dead) ::unlinkat(folder, name.c_str(), 0);
  }
}

Address UnixSocketPlace::own_address() const { return address_in(folder_.get(), own_name_); }

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
    if (dead) TRY(remove(*dead));
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

Result<> UnixSocketPlace::remove(const struct stat& dead) const {
  struct stat now{};
  if (::fstatat(folder_.get(), name_.c_str(), &now, AT_SYMLINK_NOFOLLOW) != 0 ||
      !is_same_file(now, dead))
    return {};  // whoever is there now is looked at next
  if (::unlinkat(folder_.get(), name_.c_str(), 0) == 0 || errno == ENOENT) return {};
  return fail(errno_error(errno, "replace the left socket " + path_));
}

void UnixSocketFile::remove() const {
  struct stat now{};
  if (::lstat(path_.c_str(), &now) != 0) return;  // somebody has removed it
  if (!is_same_file(now, made_)) return;
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
