#include "model/instance.hpp"

#include "model/name.hpp"

namespace reeve::model {

void validate(const InstanceSpec& instance, json::Faults& faults, const json::Path& path) {
  auto labels = path / "labels";
  for (const auto& [key, value] : instance.labels) check_name(key, faults, labels / key);
  auto ports = path / "ports";
  for (const auto& [name, port] : instance.ports) check_name(name, faults, ports / name);
}

}  // namespace reeve::model
