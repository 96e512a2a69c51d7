// The inside of a Command: what command.cpp builds with CLI11 and completion.cpp walks. Nobody else
// includes it.
#pragma once

#include "cli/command.hpp"

#include <CLI/App.hpp>

namespace reeve::cli {

// Kept beside CLI11's own node: the parts of the tree that it does not know.
struct Command::Node {
  Node(CLI::App& its_app, Globals& shared) : app(its_app), globals(shared) {}

  CLI::App& app;
  Globals& globals;
  Action action;
  std::function<Result<>()> check;
  std::vector<std::unique_ptr<Node>> children;

  // Of the root alone.
  std::unique_ptr<CLI::App> owned_app;
  std::unique_ptr<Globals> owned_globals;
};

}  // namespace reeve::cli
