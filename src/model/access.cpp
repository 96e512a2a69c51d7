#include "model/access.hpp"

#include "base/quote.hpp"
#include "model/name.hpp"

namespace reeve::model {
namespace {

void check_lifetime(const std::optional<Duration>& lifetime, json::Faults& faults,
                    const json::Path& path) {
  constexpr Duration kMost = std::chrono::years(100);  // a time cannot say much more
  if (lifetime && *lifetime <= Duration{}) faults.add(path / "lifetime", "expected more than 0s");
  if (lifetime && *lifetime > kMost)
    faults.add(path / "lifetime", "expected at most 100 years; null is for ever");
}

}  // namespace

void validate(const TokenRequest& request, json::Faults& faults, const json::Path& path) {
  check_name(request.name, faults, path / "name");
  check_lifetime(request.lifetime, faults, path);
}

void validate(const JoinTokenRequest& request, json::Faults& faults, const json::Path& path) {
  auto labels = path / "labels";
  for (const auto& [key, value] : request.labels) check_name(key, faults, labels / key);
  check_lifetime(request.lifetime, faults, path);
  if (request.name_pattern && !is_name_pattern(*request.name_pattern))
    faults.add(path / "name_pattern",
               "expected a name with * for any text and ? for one character, as web-*, got " +
                   quote(*request.name_pattern));
  if (!request.node) return;
  check_name(*request.node, faults, path / "node");
  // The place of one node is taken by one machine, which gets its name and keeps its labels.
  bool is_plain = !request.name_pattern && request.labels.empty() && !request.unlimited &&
                  request.uses.value_or(0) == 1;
  if (!is_plain)
    faults.add(path / "node",
               "a token for an enrolled node has one use, and neither name_pattern nor labels");
}

}  // namespace reeve::model
