// The uids of stored objects: text that is unlike every other and rises with time, so that keys
// made of uids list in the order of their making. Any thread.
#pragma once

#include "base/time.hpp"

#include <string>

namespace reeve::manager {

/// 16 hexadecimal digits of the time in nanoseconds, then 16 random ones.
std::string new_uid(WallTime now);

}  // namespace reeve::manager
