#include "agent/spec.hpp"

#include "base/quote.hpp"
#include "base/version.hpp"
#include "link/digest.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace reeve::agent {
namespace {

/// A uid becomes a file's name.
bool is_uid(const std::string& text) {
  return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '_';
  });
}

Result<> check_whole(const HeldSpec& held, const std::string& cluster, const link::Spec& spec) {
  if (spec.cluster != cluster)
    return fail(Errc::forbidden, "got a spec of cluster {}, but this node belongs to {}",
                quote(spec.cluster), quote(cluster));
  if (std::pair(spec.epoch, spec.version) < std::pair(held.epoch, held.version))
    return fail(Errc::stale, "got spec version {} of epoch {}, but version {} of epoch {} is here",
                spec.version, spec.epoch, held.version, held.epoch);
  return {};
}

Result<> check_list(const HeldList* held, const std::string& cluster,
                    const model::ServiceList& list) {
  if (!is_uid(list.uid)) return fail(Errc::invalid, "{} is no uid of a service", quote(list.uid));
  if (list.cluster != cluster)
    return fail(Errc::forbidden, "the list of {} is of cluster {}, but this node belongs to {}",
                quote(list.service), quote(list.cluster), quote(cluster));
  if (!held) return {};
  const auto& here = *held->list;
  if (std::pair(list.epoch, list.version) < std::pair(here.epoch, here.version))
    return fail(Errc::stale,
                "got version {} of epoch {} of the list of {}, but version {} of epoch {} is here",
                list.version, list.epoch, quote(list.service), here.version, here.epoch);
  return {};
}

void refuse(SpecChange& change, const link::Upsert& upsert) {
  auto error = fmt::format(
      "this agent (version {}) does not understand the list of {}: {}; update reeve on this node",
      version(), quote(upsert.list.service), *upsert.fault);
  change.refusals.push_back({upsert.list.uid, {}, {}, error, {}});
  change.refused[upsert.list.uid] = {upsert.digest, std::move(error)};
}

/// Those of `here` that the spec takes away: the named ones, or, of a whole one, the others.
template <class Here>
std::vector<std::string> removed_from(const Here& here, const link::Spec& spec,
                                      const std::set<std::string>& named) {
  std::vector<std::string> removals;
  if (!spec.whole) {
    std::ranges::copy_if(spec.removals, std::back_inserter(removals),
                         [&](const auto& uid) { return here.contains(uid); });
    return removals;
  }
  for (const auto& [uid, held] : here)
    if (!named.contains(uid)) removals.push_back(uid);
  return removals;
}

std::vector<std::string> removed_lists(const HeldSpec& held, const link::Spec& spec) {
  std::set<std::string> named;
  for (const auto& upsert : spec.upserts) named.insert(upsert.list.uid);
  return removed_from(held.lists, spec, named);
}

std::vector<std::string> removed_programs(const HeldSpec& held, const link::Spec& spec) {
  if (spec.whole && !spec.programs) return {};
  std::set<std::string> named;
  if (spec.programs)
    for (const auto& upsert : *spec.programs) named.insert(upsert.program.uid);
  return removed_from(held.programs, spec, named);
}

Result<> check_program(const HeldProgram* held, const model::PlacedProgram& program) {
  if (!is_uid(program.uid))
    return fail(Errc::invalid, "{} is no uid of a program", quote(program.uid));
  if (!held) return {};
  const auto& here = *held->program;
  if (std::pair(program.epoch, program.version) < std::pair(here.epoch, here.version))
    return fail(Errc::stale,
                "got version {} of epoch {} of program {}, but version {} of epoch {} is here",
                program.version, program.epoch, quote(program.name), here.version, here.epoch);
  return {};
}

void refuse(SpecChange& change, const link::ProgramUpsert& upsert) {
  auto error = fmt::format(
      "this agent (version {}) does not understand program {}: {}; update reeve on this node",
      version(), quote(upsert.program.name), *upsert.fault);
  change.program_refusals.push_back({.program = upsert.program.uid, .error = error});
  change.refused_programs[upsert.program.uid] = {upsert.digest, std::move(error)};
}

void work_out_programs(const HeldSpec& held, std::vector<link::ProgramUpsert> upserts,
                       SpecChange& change) {
  std::set<std::string> seen;
  for (auto& upsert : upserts) {
    const auto& uid = upsert.program.uid;
    if (!seen.insert(uid).second) continue;  // said twice: the first counts
    if (upsert.fault && is_uid(uid)) {
      refuse(change, upsert);
      continue;
    }
    auto found = held.programs.find(uid);
    const HeldProgram* here = found == held.programs.end() ? nullptr : &found->second;
    if (here && here->digest == upsert.digest) continue;
    if (auto good = check_program(here, upsert.program); !good)
      change.program_refusals.push_back({.program = uid, .error = good.error().what});
    else
      change.programs.push_back(std::move(upsert));
  }
}

}  // namespace

std::string digest_of(const HeldSpec& spec) {
  std::map<std::string, std::string> digests;
  for (const auto* all : {&spec.refused, &spec.refused_programs})
    for (const auto& [uid, refused] : *all) digests.emplace(uid, refused.digest);
  for (const auto& [uid, held] : spec.lists) digests.emplace(uid, held.digest);
  for (const auto& [uid, held] : spec.programs) digests.emplace(uid, held.digest);
  return link::spec_digest(digests);
}

Result<SpecChange> work_out(const HeldSpec& held, const std::string& cluster, link::Spec spec) {
  TRY(check_whole(held, cluster, spec));
  SpecChange change;
  change.epoch = spec.epoch;
  change.version = spec.version;
  change.removals = removed_lists(held, spec);
  change.gone_programs = removed_programs(held, spec);
  std::set<std::string> seen;
  for (auto& upsert : spec.upserts) {
    if (!seen.insert(upsert.list.uid).second) continue;  // said twice: the first counts
    if (upsert.fault && is_uid(upsert.list.uid)) {
      refuse(change, upsert);
      continue;
    }
    auto found = held.lists.find(upsert.list.uid);
    const HeldList* here = found == held.lists.end() ? nullptr : &found->second;
    if (here && here->digest == upsert.digest) continue;
    if (auto good = check_list(here, cluster, upsert.list); !good)
      change.refusals.push_back({upsert.list.uid, {}, {}, good.error().what, {}});
    else
      change.upserts.push_back(std::move(upsert));
  }
  if (spec.programs) work_out_programs(held, std::move(*spec.programs), change);
  change.is_nothing =
      change.upserts.empty() && change.removals.empty() && change.programs.empty() &&
      change.gone_programs.empty() &&
      std::pair(change.epoch, change.version) == std::pair(held.epoch, held.version);
  return change;
}

}  // namespace reeve::agent
