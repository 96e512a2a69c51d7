#include "supervise/log_reader.hpp"

#include "base/quote.hpp"
#include "base/time_text.hpp"
#include "keeper/log_file.hpp"
#include "keeper/times.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace reeve::supervise {
namespace {

constexpr std::size_t kPiece = 64 << 10;

std::uint64_t size_of(int fd) {
  struct stat status{};
  return ::fstat(fd, &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

/// Calls `take(offset)` for each line end before `end`, the last first, until that says enough.
template <class Take>
void for_line_ends_before(int fd, std::uint64_t end, Take take) {
  std::string piece;
  while (end > 0) {
    auto size = std::min<std::uint64_t>(end, kPiece);
    piece.resize(size);
    auto from = end - size;
    auto got = ::pread(fd, piece.data(), size, static_cast<off_t>(from));
    if (got != static_cast<ssize_t>(size)) return;
    for (auto at = piece.rfind('\n'); at != piece.npos;
         at = at == 0 ? piece.npos : piece.rfind('\n', at - 1))
      if (!take(from + at)) return;
    end = from;
  }
}

/// Where the line begins in which this byte lies.
std::uint64_t line_start(int fd, std::uint64_t offset) {
  std::uint64_t start = 0;
  for_line_ends_before(fd, offset, [&](std::uint64_t end) {
    start = end + 1;
    return false;
  });
  return start;
}

struct Tail {
  std::uint64_t at = 0;
  std::uint64_t missing = 0;  // lines that the file has not
};

/// Where the last `lines` lines begin, of at least one.
Tail last_lines(int fd, std::uint64_t lines) {
  auto size = size_of(fd);
  if (size == 0) return {0, lines};
  Tail tail{0, lines};
  // The end of the last line ends no other one.
  for_line_ends_before(fd, size - 1, [&](std::uint64_t end) {
    if (--tail.missing > 0) return true;
    tail.at = end + 1;
    return false;
  });
  if (tail.missing > 0) --tail.missing;  // the first line has no end before it
  return tail;
}

}  // namespace

LogReader::LogReader(LogPlace place, LogChoice choice)
    : place_(std::move(place)), choice_(choice) {}

Result<std::string> LogReader::read() {
  if (!is_begun_) TRY(begin());
  is_begun_ = true;
  while (true) {
    if (files_.empty()) {
      TRY_ASSIGN(auto first, open(0));
      if (!first) return std::string();
      files_.push_back(std::move(*first));
    }
    auto& file = files_.front();
    TRY_ASSIGN(auto piece, read_piece(file));
    if (!piece.empty()) return piece;
    if (files_.size() == 1) {
      TRY_ASSIGN(bool is_cut, begin_again_where_cut(file));
      if (is_cut) continue;
      TRY_ASSIGN(auto next, follower_of(file));
      if (!next) return std::string();
      // It may have grown between the read and its rotation; it does not any more.
      TRY_ASSIGN(piece, read_piece(file));
      files_.push_back(std::move(*next));
      if (!piece.empty()) return piece;
    }
    files_.pop_front();
  }
}

// From the newest to older ones: a file moves to a higher number alone, so that none is missed, and
// one may be met twice.
Result<> LogReader::begin() {
  auto lines_left = choice_.tail;
  bool is_enough = false;
  for (std::int64_t number = 0; number <= place_.backups && !is_enough; ++number) {
    TRY_ASSIGN(auto file, open(number));
    if (!file || std::ranges::any_of(files_, [&](const File& one) { return one.id == file->id; }))
      continue;
    begin_at(*file, lines_left, is_enough);
    files_.push_front(std::move(*file));
  }
  return {};
}

void LogReader::begin_at(File& file, std::optional<std::uint64_t>& lines_left,
                         bool& is_enough) const {
  auto size = size_of(file.fd.get());
  if (choice_.since) {
    struct stat status{};
    ::fstat(file.fd.get(), &status);
    auto changed = WallTime(std::chrono::seconds(status.st_mtim.tv_sec) +
                            std::chrono::nanoseconds(status.st_mtim.tv_nsec));
    auto from = file.times.since(*choice_.since);
    if (from)
      file.at = line_start(file.fd.get(), std::min(*from, size));
    else if (file.times.is_open() || changed < *choice_.since)
      file.at = size;
    is_enough = file.at > 0;
  }
  if (!lines_left) return;
  if (*lines_left == 0) {
    file.at = size;
    is_enough = true;
    return;
  }
  auto tail = last_lines(file.fd.get(), *lines_left);
  file.at = std::max(file.at, tail.at);
  lines_left = tail.missing;
  is_enough = is_enough || tail.missing == 0;
}

Result<std::string> LogReader::read_piece(File& file) {
  std::string piece(kPiece, '\0');
  auto from = file.at;
  auto got = ::pread(file.fd.get(), piece.data(), piece.size(), static_cast<off_t>(from));
  if (got < 0) return fail(errno_error(errno, "read " + quote(place_.file)));
  piece.resize(static_cast<std::size_t>(got));
  file.at += piece.size();
  return choice_.has_times ? with_times(file, from, piece) : piece;
}

/// Somebody emptied it in place.
Result<bool> LogReader::begin_again_where_cut(File& file) const {
  if (size_of(file.fd.get()) >= file.at) return false;
  file.at = 0;
  return true;
}

std::optional<LogReader::Id> LogReader::id_of(std::int64_t number) const {
  keeper::FileRights rights(place_.user);
  struct stat status{};
  if (::lstat(keeper::backup_path(place_.file, number).c_str(), &status) != 0) return {};
  return Id{status.st_dev, status.st_ino};
}

Result<std::optional<LogReader::File>> LogReader::open(std::int64_t number) const {
  constexpr int kFlags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
  auto path = keeper::backup_path(place_.file, number);
  keeper::FileRights rights(place_.user);
  File file{UniqueFd(::open(path.c_str(), kFlags)), {}, {}, 0};
  if (!file.fd && (errno == ENOENT || errno == ENOTDIR)) return std::optional<File>();
  struct stat status{};
  if (!file.fd || ::fstat(file.fd.get(), &status) != 0)
    return fail(errno_error(errno, "open " + quote(path)));
  if (!S_ISREG(status.st_mode)) return fail(Errc::conflict, "{} is not a plain file", quote(path));
  file.id = {status.st_dev, status.st_ino};
  file.times = LogTimes(open_times(number));
  return std::optional(std::move(file));
}

UniqueFd LogReader::open_times(std::int64_t number) const {
  if (!choice_.has_times && !choice_.since) return {};
  auto path = keeper::times_path(keeper::backup_path(place_.file, number));
  return UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
}

/// The file that was begun after this one, if it has been rotated. One that is nowhere any more is
/// followed by the one that is written now.
Result<std::optional<LogReader::File>> LogReader::follower_of(const File& file) const {
  constexpr int kMostTries = 8;  // a rotation may happen while we look
  for (int tries = 0; tries < kMostTries; ++tries) {
    auto newest = id_of(0);
    if (!newest || *newest == file.id) return std::optional<File>();
    std::int64_t number = 1;
    while (number <= place_.backups && id_of(number) != file.id) ++number;
    bool is_gone = number > place_.backups;
    TRY_ASSIGN(auto next, open(is_gone ? 0 : number - 1));
    if (!next) return std::optional<File>();
    if (next->id != file.id && (is_gone || id_of(number) == file.id)) return next;
  }
  return std::optional<File>();
}

std::string LogReader::with_times(File& file, std::uint64_t from, std::string_view piece) {
  // It is made with the first byte, and so may come after its log.
  if (!file.times.is_open() && id_of(0) == file.id) {
    keeper::FileRights rights(place_.user);
    file.times = LogTimes(open_times(0));
  }
  std::string text;
  text.reserve(piece.size() + piece.size() / 2);
  while (!piece.empty()) {
    if (is_line_start_) {
      auto time = file.times.at(from);
      text += time ? format_time(std::chrono::floor<std::chrono::milliseconds>(*time)) : "-";
      text += ' ';
    }
    auto end = piece.find('\n');
    auto line = piece.substr(0, end == piece.npos ? piece.npos : end + 1);
    is_line_start_ = end != piece.npos;
    text += line;
    from += line.size();
    piece.remove_prefix(line.size());
  }
  return text;
}

}  // namespace reeve::supervise
