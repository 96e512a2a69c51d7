#include "manager/gateway/spec_frames.hpp"

namespace reeve::manager {

net::Frame SpecFrames::frame(const link::SpecStamp& stamp, link::SpecKind kind,
                             const PlanDelta& delta) {
  if (stamp.version != version_) frames_.clear();
  version_ = stamp.version;
  auto [found, is_new] = frames_.try_emplace({kind, {delta.upserts, delta.removals}});
  if (!is_new) return found->second;
  link::SpecParts parts;
  parts.upserts.reserve(delta.upserts.size());
  for (const auto& list : delta.upserts) parts.upserts.push_back(list->upsert());
  parts.removals = delta.removals;
  found->second = link::spec_frame(stamp, kind, parts);
  ++built_;
  return found->second;
}

}  // namespace reeve::manager
