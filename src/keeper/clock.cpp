#include "keeper/clock.hpp"

#include <time.h>

namespace reeve::keeper {
namespace {

std::int64_t read_clock(clockid_t id) {
  timespec now{};
  ::clock_gettime(id, &now);
  return now.tv_sec * kSecond + now.tv_nsec;
}

}  // namespace

std::int64_t monotonic_now() { return read_clock(CLOCK_MONOTONIC); }
std::int64_t wall_now() { return read_clock(CLOCK_REALTIME); }

}  // namespace reeve::keeper
