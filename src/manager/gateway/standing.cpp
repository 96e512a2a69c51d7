#include "manager/gateway/standing.hpp"

#include <algorithm>
#include <utility>

namespace reeve::manager {

Standing standing_of(const link::Hello& hello, const model::Cluster& cluster, std::uint64_t version,
                     const std::string& digest) {
  bool is_ours = hello.cluster.empty() || hello.cluster == cluster.id;
  auto there = std::pair(hello.epoch, hello.version);
  auto here = std::pair(cluster.epoch, version);
  if (!is_ours || there > here) return Standing::ahead;
  bool is_other = there == here && !hello.digest.empty() && hello.digest != digest;
  return is_other ? Standing::doubtful : Standing::good;
}

bool contradict(const std::vector<link::ListWord>& words, const Plan& plan) {
  return std::ranges::any_of(words, [&](const link::ListWord& word) {
    if (!word.applied) return false;
    auto planned = find_list(plan, word.service);
    if (!planned) return true;
    auto mark = planned->mark();
    return word.applied->version > mark.version ||
           (word.applied->version == mark.version && word.applied->revision != mark.revision);
  });
}

}  // namespace reeve::manager
