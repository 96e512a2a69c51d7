// The uids of stored objects: text that is unlike every other and rises with time, so that keys
// made of uids list in the order of their making. Any thread.
#pragma once

#include "base/time.hpp"

#include <string>
#include <string_view>

namespace reeve::manager {

/// 16 hexadecimal digits of the time in nanoseconds, then 16 random ones. Of one process they rise
/// even when its clock is set back.
std::string new_uid(WallTime now);

/// From now on all are above this one, which a process before this one made. What is no uid, or is
/// of a time that no clock can have, is passed over.
void make_uids_above(std::string_view uid);

}  // namespace reeve::manager
