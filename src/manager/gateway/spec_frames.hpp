// The frames of specs, built once for all agents that get the same: an edited list goes to a
// thousand nodes as one string. Forgets when the catalog moves on. Domain loop.
#pragma once

#include "link/codec.hpp"
#include "manager/plan.hpp"

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace reeve::manager {

class SpecFrames {
 public:
  net::Frame frame(const link::SpecStamp& stamp, link::SpecKind kind, const PlanDelta& delta);
  void clear() { frames_.clear(); }
  std::size_t built_count() const { return built_; }

 private:
  // The lists themselves are in the key, so that no address is used again while it stands here.
  using Key = std::pair<std::vector<PlannedListPtr>, std::vector<std::string>>;

  std::uint64_t version_ = 0;
  std::map<std::pair<link::SpecKind, Key>, net::Frame> frames_;
  std::size_t built_ = 0;
};

}  // namespace reeve::manager
