// The cluster's certificate authority as people see it.
#pragma once

#include "base/time.hpp"
#include "json/codec.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace reeve::model {

/// While it is being changed for the next one: how many nodes do not trust that yet, and the first
/// of them by name.
struct CaStatus {
  std::string fingerprint;  // SHA-256, as join tokens carry it
  WallTime good_until{};
  std::optional<std::string> next;
  std::uint64_t waiting = 0;
  std::vector<std::string> waiting_for;
};
BOOST_DESCRIBE_STRUCT(CaStatus, (), (fingerprint, good_until, next, waiting, waiting_for))

}  // namespace reeve::model
