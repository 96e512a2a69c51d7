// Why a manager pushes nothing: its store may be older than what its nodes have. Kept in the store
// for as long as it lasts.
#pragma once

#include "base/time.hpp"
#include "json/codec.hpp"

#include <optional>
#include <string>

namespace reeve::model {

enum class HoldReason {
  restored,  // the store is a backup's
  ahead      // an agent has what this store cannot have given it
};
BOOST_DESCRIBE_ENUM(HoldReason, restored, ahead)

struct ManagerHold {
  HoldReason reason = HoldReason::restored;
  WallTime since{};
  std::string why;                // a sentence for people
  std::optional<WallTime> taken;  // when the backup was, if it is one
  json::Object unknown;
};
BOOST_DESCRIBE_STRUCT(ManagerHold, (), (reason, since, why, taken))

}  // namespace reeve::model
