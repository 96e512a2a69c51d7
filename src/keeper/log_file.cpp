#include "keeper/log_file.hpp"

#include "keeper/times.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace reeve::keeper {
namespace {

constexpr mode_t kLogMode = 0644;

void make_folders(const std::string& file) {
  // What cannot be made shows when the file is opened.
  for (auto slash = file.find('/', 1); slash != file.npos; slash = file.find('/', slash + 1))
    ::mkdir(file.substr(0, slash).c_str(), 0755);
}

UniqueFd open_plain(const std::string& file) {
  constexpr int kFlags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
  UniqueFd fd(::open(file.c_str(), kFlags, kLogMode));
  if (fd || errno != ENOENT) return fd;
  make_folders(file);
  fd.reset(::open(file.c_str(), kFlags, kLogMode));
  return fd;
}

void rename_both(const std::string& from, const std::string& to) {
  ::rename(times_path(from).c_str(), times_path(to).c_str());
  ::rename(from.c_str(), to.c_str());
}

/// The first missing backup, or the last: what is before it moves up by one. A killed rotation
/// leaves a hole, and shifting beyond it would throw a backup away.
std::int64_t first_hole(const std::string& file, std::int64_t backups) {
  std::int64_t number = 1;
  while (number < backups && ::access(backup_path(file, number).c_str(), F_OK) == 0) ++number;
  return number;
}

}  // namespace

FileUser log_user(const Spec& spec, const OutputSpec& output) {
  if (!spec.as_user || output.is_ours) return {};
  return {true, spec.uid, spec.gid, spec.groups};
}

std::string backup_path(const std::string& log, std::int64_t number) {
  return number == 0 ? log : log + "." + std::to_string(number);
}

Outcome<> LogFile::open() {
  if (file_ || spec_.file.empty()) return {};
  FileRights rights(user_);
  return open_file();
}

Outcome<> LogFile::open_file() {
  UniqueFd fd = open_plain(spec_.file);
  if (!fd) return failed("open log file \"" + spec_.file + "\"", errno);
  struct stat status{};
  if (::fstat(fd.get(), &status) != 0) return failed("look at \"" + spec_.file + "\"", errno);
  if (!S_ISREG(status.st_mode) || status.st_nlink > 1)
    return failed("log file \"" + spec_.file + "\" is not a plain file with one name");
  file_ = std::move(fd);
  return {};
}

void LogFile::close() {
  file_.reset();
  times_.reset();
  last_time_ = 0;
}

void LogFile::set_spec(OutputSpec spec, FileUser user) {
  if (spec.file != spec_.file || user != user_) close();
  spec_ = std::move(spec);
  user_ = std::move(user);
}

Outcome<std::uint64_t> LogFile::size() {
  struct stat status{};
  if (::fstat(file_.get(), &status) != 0) return failed("look at \"" + spec_.file + "\"", errno);
  if (status.st_nlink > 0) return static_cast<std::uint64_t>(status.st_size);
  close();
  if (auto opened = open(); !opened) return failed(opened.error());
  return size();
}

bool LogFile::ends_a_line(std::uint64_t size) const {
  if (size == 0) return true;
  char last = 0;
  return ::pread(file_.get(), &last, 1, static_cast<off_t>(size - 1)) == 1 && last == '\n';
}

void LogFile::open_times() {
  FileRights rights(user_);
  auto path = times_path(spec_.file);
  times_.reset(::open(
      path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, kLogMode));
  struct stat status{};
  if (!times_ || ::fstat(times_.get(), &status) != 0) return;
  auto whole = status.st_size / static_cast<off_t>(sizeof(TimeEntry)) *
               static_cast<off_t>(sizeof(TimeEntry));
  if (whole != status.st_size && ::ftruncate(times_.get(), whole) != 0) times_.reset();
  // A log without times is still a log.
  if (whole == 0 && ::write(times_.get(), kTimesHead.data(), kTimesHead.size()) < 0) times_.reset();
}

void LogFile::note_time(std::uint64_t offset, std::int64_t wall) {
  if (wall - last_time_ < kTimeGrain && wall >= last_time_) return;
  last_time_ = wall;
  if (!times_) open_times();
  TimeEntry entry{offset, wall};
  if (times_ && ::write(times_.get(), &entry, sizeof entry) != sizeof entry) times_.reset();
}

Outcome<> LogFile::rotate() {
  if (auto moved = move_to_backup(); !moved) return moved;
  close();
  return open();
}

Outcome<> LogFile::move_to_backup() {
  FileRights rights(user_);
  const auto& file = spec_.file;
  if (spec_.backups == 0) {
    ::unlink(times_path(file).c_str());
    if (::unlink(file.c_str()) != 0) return failed("remove \"" + file + "\"", errno);
  } else {
    for (auto number = first_hole(file, spec_.backups); number > 1; --number)
      rename_both(backup_path(file, number - 1), backup_path(file, number));
    ::rename(times_path(file).c_str(), times_path(backup_path(file, 1)).c_str());
    if (::rename(file.c_str(), backup_path(file, 1).c_str()) != 0)
      return failed("rename \"" + file + "\"", errno);
  }
  return {};
}

}  // namespace reeve::keeper
