// Reads a process' output from its log and the backups before it, oldest first, and goes on over
// rotations: what is on the disk is told once and in its order. Files outside the agent's folder
// are opened with the rights of the program's user. Blocking; one thread at a time.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "base/unique_fd.hpp"
#include "keeper/file_rights.hpp"
#include "supervise/log_times.hpp"

#include <sys/types.h>

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace reeve::supervise {

struct LogPlace {
  std::string file;
  std::int64_t backups = 0;
  keeper::FileUser user{};
};

/// All that is there, unless said otherwise; of two limits the one that leaves less.
struct LogChoice {
  std::optional<std::uint64_t> tail{};  // the last lines
  std::optional<WallTime> since{};
  bool has_times = false;  // a time before each line; "-" where it is not known
};

class LogReader {
 public:
  LogReader(LogPlace place, LogChoice choice);

  /// The next bytes, about 64 KiB at most; none where there are no more for now. A log that is not
  /// there yet is empty.
  Result<std::string> read();

 private:
  struct Id {
    dev_t device = 0;
    ino_t inode = 0;
    bool operator==(const Id&) const = default;
  };
  struct File {
    UniqueFd fd;
    Id id;
    LogTimes times;
    std::uint64_t at = 0;  // the next byte to tell
  };

  Result<> begin();
  void begin_at(File& file, std::optional<std::uint64_t>& lines_left, bool& is_enough) const;
  Result<std::string> read_piece(File& file);
  Result<bool> begin_again_where_cut(File& file) const;
  Result<std::optional<File>> open(std::int64_t number) const;
  UniqueFd open_times(std::int64_t number) const;
  std::optional<Id> id_of(std::int64_t number) const;
  Result<std::optional<File>> follower_of(const File& file) const;
  std::string with_times(File& file, std::uint64_t from, std::string_view piece);

  LogPlace place_;
  LogChoice choice_;
  bool is_begun_ = false;
  bool is_line_start_ = true;
  std::deque<File> files_;  // oldest first; the last one may grow
};

}  // namespace reeve::supervise
