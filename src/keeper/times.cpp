#include "keeper/times.hpp"

#include <cstring>

namespace reeve::keeper {

std::string times_path(const std::string& log) { return log + ".times"; }

std::optional<std::int64_t> time_at(std::string_view index, std::uint64_t offset) {
  if (!index.starts_with(kTimesHead)) return {};
  index.remove_prefix(kTimesHead.size());
  auto entry_at = [&](std::size_t at) {
    TimeEntry entry;
    std::memcpy(&entry, index.data() + at * sizeof entry, sizeof entry);
    return entry;
  };
  // The first entry that begins after the byte; the one before it is the answer.
  std::size_t low = 0, high = index.size() / sizeof(TimeEntry);
  while (low < high) {
    auto middle = low + (high - low) / 2;
    if (entry_at(middle).offset <= offset)
      low = middle + 1;
    else
      high = middle;
  }
  if (low == 0) return {};
  return entry_at(low - 1).wall;
}

}  // namespace reeve::keeper
