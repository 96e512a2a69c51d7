#include "agent/hooks/rule.hpp"

#include "base/quote.hpp"

#include <algorithm>

namespace reeve::agent {

void validate(const HookRule& rule, json::Faults& faults, const json::Path& path) {
  if (!rule.command.empty() && !rule.command.front().starts_with('/'))
    faults.add(path / "command" / 0,
               "expected the absolute path of a program, got " + quote(rule.command.front()));
}

const HookRule* find_rule(const std::vector<HookRule>& allowed,
                          const std::vector<std::string>& argv) {
  auto found = std::ranges::find(allowed, argv, &HookRule::command);
  return found == allowed.end() ? nullptr : &*found;
}

std::string not_allowed(const std::vector<std::string>& argv) {
  return "this node does not allow it: the file is written, and nothing was run; to allow it, add "
         "to the node's reeve.yaml and restart the agent: hooks: [{command: " +
         json::encode_text(argv) + "}]";
}

}  // namespace reeve::agent
