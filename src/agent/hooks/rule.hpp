// Which programs may run on this node after a file has changed, and as whom: the node's own word,
// from its reeve.yaml, which no manager can change. Pure; any thread.
#pragma once

#include "json/codec.hpp"

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace reeve::agent {

/// A program with exactly these arguments.
struct HookRule {
  std::vector<std::string> command;
  std::optional<std::string> run_as{};  // a user; else the agent's own

  bool operator==(const HookRule&) const = default;
};
BOOST_DESCRIBE_STRUCT(HookRule, (), (command, run_as))

constexpr auto rules(const HookRule*) {
  return std::array{
      json::field("command").required().items(1, 64).length(0, 4096).text(
          "the absolute path of a program and its arguments, all of them, as on_change names them"),
      json::field("run_as").length(1, 64).text("the user as whom it runs; default: the agent's"),
  };
}
void validate(const HookRule& rule, json::Faults& faults, const json::Path& path);

/// The rule that allows it, or nullptr.
const HookRule* find_rule(const std::vector<HookRule>& allowed,
                          const std::vector<std::string>& argv);

/// For people: that nothing allows it, and what would.
std::string not_allowed(const std::vector<std::string>& argv);

}  // namespace reeve::agent
