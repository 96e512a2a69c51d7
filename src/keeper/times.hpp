// The side index of a log: which byte came when. LOG.times is a head of 16 bytes, then entries
// {u64 offset, i64 wall nanoseconds}, little-endian: the bytes from `offset` on came at that time
// or later; of two with one offset the later counts. Half an entry at the end is of a full disk,
// and skipped. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace reeve::keeper {

struct TimeEntry {
  std::uint64_t offset = 0;
  std::int64_t wall = 0;
};
static_assert(sizeof(TimeEntry) == 16);

/// A line gets its own entry unless one was written so shortly before.
constexpr std::int64_t kTimeGrain = 10'000'000;
constexpr std::string_view kTimesHead{"reeve-times 1\n\0\0", 16};

std::string times_path(const std::string& log);

/// When the byte at `offset` came, from the whole of an index; nothing before its first entry.
std::optional<std::int64_t> time_at(std::string_view index, std::uint64_t offset);

}  // namespace reeve::keeper
