// A push by hand, decided: from what was pushed of a service so far to the guards and writes of the
// one commit that gives a revision to some of its subscribers or to all. Pure; push_operations.hpp
// carries it out.
#pragma once

#include "manager/editor.hpp"
#include "store/catalog/service_entry.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace reeve::manager::api {

/// Of one service there are at most so many pushes to single nodes that count.
inline constexpr std::size_t kMostPushes = 16;

/// A revision that is kept. `stored` is its document in the store where the catalog has none of it:
/// a push writes that again, so that those who follow the store learn of it.
struct KeptRevision {
  std::uint64_t revision = 0;
  store::ContentPart content;
  std::optional<store::Entry> stored;
};

struct PushTerms {
  KeptRevision kept;
  std::optional<std::vector<std::string>> nodes;  // names of subscribers; all if not given
  bool force = false;                             // a list without an eligible instance is meant
  std::string who;
  WallTime now{};
};

/// Guards and writes alone; no writes where all whom it is for shall have the revision already.
/// `would_be_empty` as for edits; `too_many` for more pushes to single nodes than may stand.
Result<Edit> plan_push(const store::ServiceEntry& service, const PushTerms& terms);

}  // namespace reeve::manager::api
