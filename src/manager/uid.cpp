#include "manager/uid.hpp"

#include "net/digest.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cstdint>

namespace reeve::manager {
namespace {

constexpr std::size_t kTimeDigits = 16;
// The year 2200: a damaged uid must not use up the rest of time.
constexpr std::uint64_t kLatest = 7'258'118'400'000'000'000;

// The time of the newest uid. The histories are ordered and bounded by uid: one that went back
// would make the newest entries the oldest.
std::atomic<std::uint64_t> newest = 0;

}  // namespace

std::string new_uid(WallTime now) {
  auto time = static_cast<std::uint64_t>(std::max<std::int64_t>(now.time_since_epoch().count(), 0));
  auto last = newest.load();
  std::uint64_t next = 0;
  do {
    next = std::max(time, last + 1);
  } while (!newest.compare_exchange_weak(last, next));
  return fmt::format("{:016x}{}", next, net::random_hex(8));
}

void make_uids_above(std::string_view uid) {
  std::uint64_t time = 0;
  auto digits = uid.substr(0, kTimeDigits);
  const char* begin = digits.data();
  const char* end = begin + digits.size();
  bool is_time = digits.size() == kTimeDigits && std::from_chars(begin, end, time, 16).ptr == end &&
                 time < kLatest;
  if (!is_time) return;
  auto last = newest.load();
  while (last < time && !newest.compare_exchange_weak(last, time)) {
  }
}

}  // namespace reeve::manager
