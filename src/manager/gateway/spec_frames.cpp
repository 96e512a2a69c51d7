#include "manager/gateway/spec_frames.hpp"

namespace reeve::manager {

net::Frame SpecFrames::frame(const link::SpecStamp& stamp, link::SpecKind kind,
                             const PlanDelta& delta, bool runs_programs) {
  if (stamp.version != version_) frames_.clear();
  version_ = stamp.version;
  auto [found, is_new] =
      frames_.try_emplace({kind, runs_programs, {delta.upserts, delta.removals}});
  if (!is_new) return found->second;
  link::SpecParts parts;
  std::vector<link::UpsertText> programs;
  parts.upserts.reserve(delta.upserts.size());
  for (const auto& item : delta.upserts)
    (item->kind() == Planned::Kind::list ? parts.upserts : programs).push_back(item->text());
  parts.removals = delta.removals;
  if (runs_programs && (kind == link::SpecKind::whole || !programs.empty()))
    parts.programs = std::move(programs);
  found->second = link::spec_frame(stamp, kind, parts);
  ++built_;
  return found->second;
}

}  // namespace reeve::manager
