#include "keeper/output.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace reeve::keeper {
namespace {

constexpr std::size_t kChunk = 64 << 10;  // a pipe's default size
constexpr int kChunksPerTurn = 16;
constexpr std::uint64_t kLongestLine = 64 << 10;  // a longer one is cut by a rotation
constexpr std::uint64_t kRetryRotation = 1 << 20;

/// A pipe of our own that tee(2) copies into; empty between two uses.
struct Glass {
  Glass() {
    if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) ends[0] = ends[1] = -1;
  }
  int ends[2];
};

}  // namespace

std::size_t bytes_to_line_end(int fifo) {
  static Glass glass;
  static char seen[kChunk];
  auto copied = ::tee(fifo, glass.ends[1], kChunk, SPLICE_F_NONBLOCK);
  if (copied <= 0) return kChunk;
  std::size_t have = 0;
  while (have < static_cast<std::size_t>(copied)) {
    auto got = ::read(glass.ends[0], seen + have, static_cast<std::size_t>(copied) - have);
    if (got <= 0) break;
    have += static_cast<std::size_t>(got);
  }
  if (have == 0) return kChunk;
  const auto* end = static_cast<const char*>(std::memchr(seen, '\n', have));
  return end == nullptr ? have : static_cast<std::size_t>(end - seen) + 1;
}

Outcome<> Output::open(const Spec& spec) {
  if (is_nowhere()) return {};
  if (auto opened = log_.open(); !opened) return opened;
  if (fifo_) return {};
  if (::mkfifo(fifo_path_.c_str(), 0600) != 0 && errno != EEXIST)
    return failed("make FIFO \"" + fifo_path_ + "\"", errno);
  UniqueFd fd(::open(fifo_path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW));
  struct stat status{};
  if (!fd || ::fstat(fd.get(), &status) != 0)
    return failed("open FIFO \"" + fifo_path_ + "\"", errno);
  if (!S_ISFIFO(status.st_mode)) return failed("\"" + fifo_path_ + "\" is not a FIFO");
  auto owner = spec.as_user ? spec.uid : ::geteuid();
  if (status.st_uid != owner && ::fchown(fd.get(), owner, static_cast<gid_t>(-1)) != 0)
    return failed("give FIFO \"" + fifo_path_ + "\" to user " + std::to_string(owner), errno);
  fifo_ = std::move(fd);
  return {};
}

Outcome<UniqueFd> Output::writer() const {
  UniqueFd fd(::open(fifo_path_.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
  if (!fd) return failed("open FIFO \"" + fifo_path_ + "\"", errno);
  return fd;
}

void Output::adopt(int fifo_fd, int log_fd) {
  fifo_.reset(fifo_fd);
  if (log_fd >= 0) log_.adopt(log_fd);
}

bool Output::wants_rotation(std::uint64_t size) const {
  if (size == 0 || size < no_rotation_below_) return false;
  auto limit = static_cast<std::uint64_t>(log_.spec().max_bytes);
  return rotation_asked_ || (limit > 0 && size >= limit);
}

std::size_t Output::rotate_or_reach_line_end(std::uint64_t& size) {
  auto limit = static_cast<std::uint64_t>(log_.spec().max_bytes);
  bool patience_over = limit > 0 && size >= limit + kLongestLine;
  if (!patience_over && !log_.ends_a_line(size)) return bytes_to_line_end(fifo_.get());
  rotation_asked_ = false;
  if (log_.rotate()) {
    size = 0;
    no_rotation_below_ = 0;
  } else {
    no_rotation_below_ = size + kRetryRotation;
  }
  return kChunk;
}

Pumped Output::move_some(std::uint64_t& size, std::int64_t wall) {
  auto count = kChunk;
  if (wants_rotation(size)) count = rotate_or_reach_line_end(size);
  auto limit = static_cast<std::uint64_t>(log_.spec().max_bytes);
  if (limit > size) count = std::min<std::uint64_t>(count, limit - size);
  // Before the bytes: what a kill leaves without a time of its own has a true one in front.
  log_.note_time(size, wall);
  auto at = static_cast<off64_t>(size);
  auto moved = ::splice(fifo_.get(), nullptr, log_.fd(), &at, count, SPLICE_F_NONBLOCK);
  if (moved == 0) return Pumped::ended;
  if (moved < 0 && (errno == EAGAIN || errno == EINTR)) return Pumped::drained;
  if (moved < 0) {
    trouble_ = errno;
    return Pumped::stuck;
  }
  trouble_ = 0;
  size += static_cast<std::uint64_t>(moved);
  return Pumped::more;
}

Pumped Output::drop() {
  static char dropped[kChunk];
  for (int turn = 0; turn < kChunksPerTurn; ++turn) {
    auto got = ::read(fifo_.get(), dropped, sizeof dropped);
    if (got == 0) return Pumped::ended;
    if (got < 0) return Pumped::drained;
  }
  return Pumped::more;
}

Pumped Output::pump(std::int64_t wall) {
  if (is_nowhere()) {
    trouble_ = 0;
    return drop();
  }
  if (!log_.is_open())
    if (auto opened = log_.open(); !opened) {
      trouble_ = errno != 0 ? errno : EIO;
      return Pumped::stuck;
    }
  auto size = log_.size();
  if (!size) {
    trouble_ = EIO;
    return Pumped::stuck;
  }
  for (int turn = 0; turn < kChunksPerTurn; ++turn)
    if (auto pumped = move_some(*size, wall); pumped != Pumped::more) return pumped;
  return Pumped::more;
}

void Output::remove() {
  fifo_.reset();
  log_.close();
  if (!fifo_path_.empty()) ::unlink(fifo_path_.c_str());
}

}  // namespace reeve::keeper
