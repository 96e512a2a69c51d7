#include "supervise/log_times.hpp"

#include "keeper/times.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <utility>

namespace reeve::supervise {

LogTimes::LogTimes(UniqueFd index) : index_(std::move(index)) {
  if (!index_) return;
  std::array<char, keeper::kTimesHead.size()> head{};
  auto got = ::pread(index_.get(), head.data(), head.size(), 0);
  bool is_index = got == static_cast<ssize_t>(head.size()) &&
                  std::string_view(head.data(), head.size()) == keeper::kTimesHead;
  if (!is_index) index_.reset();
}

std::uint64_t LogTimes::count() const {
  struct stat status{};
  if (!index_ || ::fstat(index_.get(), &status) != 0) return 0;
  auto size = static_cast<std::uint64_t>(status.st_size);
  return size < keeper::kTimesHead.size()
             ? 0
             : (size - keeper::kTimesHead.size()) / sizeof(keeper::TimeEntry);
}

std::optional<LogTimes::Entry> LogTimes::entry(std::uint64_t number) const {
  keeper::TimeEntry read;
  auto at = keeper::kTimesHead.size() + number * sizeof read;
  if (::pread(index_.get(), &read, sizeof read, static_cast<off_t>(at)) != sizeof read) return {};
  return Entry{read.offset, WallTime(Duration(std::chrono::nanoseconds(read.wall)))};
}

template <class Test>
std::uint64_t LogTimes::first(Test is_beyond) const {
  std::uint64_t low = 0;
  auto high = count();
  while (low < high) {
    auto middle = low + (high - low) / 2;
    auto found = entry(middle);
    if (found && !is_beyond(*found))
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

std::optional<WallTime> LogTimes::at(std::uint64_t offset) {
  if (last_ && beyond_ && offset >= last_->offset && offset < beyond_->offset) return last_->time;
  auto number = first([offset](const Entry& one) { return one.offset > offset; });
  if (number == 0) return {};
  last_ = entry(number - 1);
  // The newest entry is looked up again each time: another may have followed.
  beyond_ = number < count() ? entry(number) : std::nullopt;
  return last_ ? std::optional(last_->time) : std::nullopt;
}

std::optional<std::uint64_t> LogTimes::since(WallTime time) const {
  auto number = first([time](const Entry& one) { return one.time >= time; });
  if (number >= count()) return {};
  auto found = entry(number);
  return found ? std::optional(found->offset) : std::nullopt;
}

}  // namespace reeve::supervise
