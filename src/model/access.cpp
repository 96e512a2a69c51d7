#include "model/access.hpp"

#include "model/name.hpp"

namespace reeve::model {
namespace {

void check_lifetime(const std::optional<Duration>& lifetime, json::Faults& faults,
                    const json::Path& path) {
  if (lifetime && *lifetime <= Duration{}) faults.add(path / "lifetime", "expected more than 0s");
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
}

}  // namespace reeve::model
