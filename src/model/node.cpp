#include "model/node.hpp"

#include "model/name.hpp"

namespace reeve::model {

void validate(const NodeRequest& request, json::Faults& faults, const json::Path& path) {
  auto labels = path / "labels";
  for (const auto& [key, value] : request.labels) check_name(key, faults, labels / key);
}

}  // namespace reeve::model
