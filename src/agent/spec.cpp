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

std::vector<std::string> removed_by(const HeldSpec& held, const link::Spec& spec) {
  std::vector<std::string> removals;
  if (!spec.whole) {
    std::ranges::copy_if(spec.removals, std::back_inserter(removals),
                         [&](const auto& uid) { return held.lists.contains(uid); });
    return removals;
  }
  std::set<std::string> named;
  for (const auto& upsert : spec.upserts) named.insert(upsert.list.uid);
  for (const auto& [uid, list] : held.lists)
    if (!named.contains(uid)) removals.push_back(uid);
  return removals;
}

}  // namespace

std::string digest_of(const HeldSpec& spec) {
  std::map<std::string, std::string> digests;
  for (const auto& [uid, refused] : spec.refused) digests.emplace(uid, refused.digest);
  for (const auto& [uid, held] : spec.lists) digests.emplace(uid, held.digest);
  return link::spec_digest(digests);
}

Result<SpecChange> work_out(const HeldSpec& held, const std::string& cluster, link::Spec spec) {
  TRY(check_whole(held, cluster, spec));
  SpecChange change;
  change.epoch = spec.epoch;
  change.version = spec.version;
  change.removals = removed_by(held, spec);
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
  change.is_nothing =
      change.upserts.empty() && change.removals.empty() &&
      std::pair(change.epoch, change.version) == std::pair(held.epoch, held.version);
  return change;
}

}  // namespace reeve::agent
