// When the bytes of a log came, from the index beside it. Blocking; one thread at a time.
#pragma once

#include "base/time.hpp"
#include "base/unique_fd.hpp"

#include <cstdint>
#include <optional>

namespace reeve::supervise {

class LogTimes {
 public:
  LogTimes() = default;
  /// Of a file that is no index nothing is known.
  explicit LogTimes(UniqueFd index);

  bool is_open() const { return static_cast<bool>(index_); }

  /// When the byte at this offset came; nothing before the first entry. Quick for offsets that
  /// rise slowly.
  std::optional<WallTime> at(std::uint64_t offset);
  /// Where the bytes begin that came at this time or later; nothing if none have yet.
  std::optional<std::uint64_t> since(WallTime time) const;

 private:
  struct Entry {
    std::uint64_t offset = 0;
    WallTime time{};
  };
  std::uint64_t count() const;
  std::optional<Entry> entry(std::uint64_t number) const;
  /// The first entry of which `is_beyond` is true, of entries that it splits in two.
  template <class Test>
  std::uint64_t first(Test is_beyond) const;

  UniqueFd index_;
  std::optional<Entry> last_;    // that was asked about
  std::optional<Entry> beyond_;  // the one after it
};

}  // namespace reeve::supervise
