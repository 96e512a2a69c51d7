// Where something is: on nodes by name, or on every node with the labels, now and later.
#pragma once

#include "json/codec.hpp"

#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace reeve::model {

using Labels = std::map<std::string, std::string>;

inline constexpr std::size_t kMostPlacedNodes = 10'000;
inline constexpr std::size_t kMostSelectorLabels = 64;

/// Exactly one of the two.
struct Placement {
  std::optional<std::vector<std::string>> nodes{};
  std::optional<Labels> selector{};

  bool operator==(const Placement&) const = default;
};
BOOST_DESCRIBE_STRUCT(Placement, (), (nodes, selector))

constexpr auto rules(const Placement*) {
  return std::array{
      json::field("nodes").items(1, kMostPlacedNodes).text("names of nodes; they may join later"),
      json::field("selector")
          .items(1, kMostSelectorLabels)
          .text("labels that a node must have; follows nodes as they come and go"),
  };
}
void validate(const Placement& placement, json::Faults& faults, const json::Path& path);

/// The same check where the two stand among other fields.
void check_placement(const std::optional<std::vector<std::string>>& nodes,
                     const std::optional<Labels>& selector, json::Faults& faults,
                     const json::Path& path);

/// Whether all labels of the selector are there.
bool matches(const Labels& selector, const Labels& labels);

/// Whether it names the node, whatever the case.
bool names_node(const std::vector<std::string>& nodes, const std::string& node);

bool takes(const Placement& placement, const std::string& node, const Labels& labels);

}  // namespace reeve::model
