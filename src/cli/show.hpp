// Nouns as people see them, where several commands show the same: tables and states with their
// tones. Pure functions; any thread.
#pragma once

#include "cli/terminal/table.hpp"
#include "cli/terminal/words.hpp"
#include "model/instance.hpp"
#include "model/node.hpp"
#include "model/record.hpp"
#include "model/subscriber.hpp"

#include <string>
#include <vector>

namespace reeve::cli {

/// An enumerator's name for people: "never seen".
template <class E>
std::string spoken(E value) {
  std::string name(json::enum_name(value));
  for (char& c : name)
    if (c == '_') c = ' ';
  return name;
}

Cell cell(model::NodeState state);
Cell cell(model::SubscriberState state);
Cell cell(model::OperationState state);
Cell cell(model::NoticeLevel level);
Cell cell(model::Status status);

/// "ok 3m ago", "exit 1".
std::string hook_outcome(const model::HookRun& run, WallTime now);
/// "changed 3m ago, put back".
std::string drift_text(const model::FileDrift& drift, WallTime now);

Table instance_table(const std::vector<model::Instance>& instances);
Table subscriber_table(const std::vector<model::Subscriber>& subscribers, WallTime now);

}  // namespace reeve::cli
