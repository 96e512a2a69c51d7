// Who a process is: its start time and parent from /proc/PID/stat. A pid is used again, a pid with
// its start time is not within one boot. Any thread; read_start_time also in a child that shares
// our memory.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace reeve::keeper {

struct Identity {
  std::int32_t parent = 0;
  std::uint64_t start_time = 0;  // clock ticks since boot
  char state = '?';
};

/// The fields of a line of /proc/PID/stat; the name in it may hold blanks and brackets.
std::optional<Identity> parse_stat(std::string_view line);

/// Nothing if there is no such process.
std::optional<Identity> identify(std::int32_t pid);

/// The caller's own, without the heap; 0 if it cannot be read.
std::uint64_t own_start_time();

/// Up to 4 KiB of a file; empty if it cannot be read.
std::string read_small_file(const char* path);

}  // namespace reeve::keeper
