#include "model/placement.hpp"

#include "model/name.hpp"

#include <algorithm>

namespace reeve::model {

void validate(const Placement& placement, json::Faults& faults, const json::Path& path) {
  check_placement(placement.nodes, placement.selector, faults, path);
}

void check_placement(const std::optional<std::vector<std::string>>& nodes,
                     const std::optional<Labels>& selector, json::Faults& faults,
                     const json::Path& path) {
  if (nodes.has_value() == selector.has_value())
    faults.add(path, "expected either nodes or a selector");
  if (!nodes) return;
  auto named = path / "nodes";
  for (std::size_t i = 0; i < nodes->size(); ++i) check_name((*nodes)[i], faults, named / i);
}

bool matches(const Labels& selector, const Labels& labels) {
  return std::ranges::all_of(selector, [&](const auto& wanted) {
    auto found = labels.find(wanted.first);
    return found != labels.end() && found->second == wanted.second;
  });
}

bool names_node(const std::vector<std::string>& nodes, const std::string& node) {
  auto folded = fold(node);
  return std::ranges::any_of(nodes, [&](const auto& name) { return fold(name) == folded; });
}

bool takes(const Placement& placement, const std::string& node, const Labels& labels) {
  if (placement.nodes) return names_node(*placement.nodes, node);
  return placement.selector && matches(*placement.selector, labels);
}

}  // namespace reeve::model
