#include "model/instance.hpp"

#include "base/quote.hpp"
#include "model/name.hpp"

#include <fmt/core.h>

namespace reeve::model {

void validate(const InstanceSpec& instance, json::Faults& faults, const json::Path& path) {
  auto labels = path / "labels";
  for (const auto& [key, value] : instance.labels) check_name(key, faults, labels / key);
  auto ports = path / "ports";
  for (const auto& [name, port] : instance.ports) check_name(name, faults, ports / name);
}

// Of what comes in alone: what is stored stays good.
void validate(const InstanceRequest& request, json::Faults& faults, const json::Path& path) {
  validate(static_cast<const InstanceSpec&>(request), faults, path);
  if (request.ip.is_any())
    faults.add(path / "ip", fmt::format("expected the address at which it serves, got {}",
                                        quote(request.ip.text())));
}

}  // namespace reeve::model
