#include "manager/uid.hpp"

#include "net/digest.hpp"

#include <fmt/core.h>

#include <cstdint>

namespace reeve::manager {

std::string new_uid(WallTime now) {
  auto since = static_cast<std::uint64_t>(now.time_since_epoch().count());
  return fmt::format("{:016x}{}", since, net::random_hex(8));
}

}  // namespace reeve::manager
