// The frames of specs, built once for all agents that get the same: an edited list goes to a
// thousand nodes as one string. Forgets when the catalog moves on. Domain loop.
#pragma once

#include "link/codec.hpp"
#include "manager/plan.hpp"

#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace reeve::manager {

class SpecFrames {
 public:
  /// For an agent that runs programs a whole spec speaks of them even if there are none.
  net::Frame frame(const link::SpecStamp& stamp, link::SpecKind kind, const PlanDelta& delta,
                   bool runs_programs);
  void clear() { frames_.clear(); }
  std::size_t built_count() const { return built_; }

 private:
  // What is planned is itself in the key, so that no address is used again while it stands here.
  using Key = std::pair<std::vector<PlannedPtr>, std::vector<std::string>>;

  std::uint64_t version_ = 0;
  std::map<std::tuple<link::SpecKind, bool, Key>, net::Frame> frames_;
  std::size_t built_ = 0;
};

}  // namespace reeve::manager
