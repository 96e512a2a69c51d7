// The tree of commands, as the files of commands/ build it: names, arguments bound to variables,
// help, and the action. CLI11 does the parsing and stays hidden in command.cpp. Built once by
// run() in cli.cpp; one thread.
#pragma once

#include "base/result.hpp"
#include "cli/answer.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace reeve::cli {

class Session;

/// The arguments have been read when it is called. It owns the variables they are bound to:
///   auto given = std::make_shared<Given>();
///   command.argument("SERVICE", given->service, "…").action([given](Session& s) { … });
using Action = std::function<Result<Answer>(Session&)>;

/// A handle to one command of the tree; copies mean the same command.
class Command {
 public:
  /// A command below this one. Those with the same `group` stand together in the help.
  Command add(std::string name, std::string summary, std::string group = "Commands");
  Command& alias(std::string name);
  /// Whole lines that close the help: examples, and what else a reader needs.
  Command& teach(std::string text);

  /// Positional arguments, in the order of these calls; the last are the optional ones.
  Command& argument(std::string name, std::string& out, std::string text);
  Command& arguments(std::string name, std::vector<std::string>& out, std::string text);
  Command& optional_arguments(std::string name, std::vector<std::string>& out, std::string text);

  /// Options with a value: `names` as "--file,-f", `value` as the help calls it: "FILE".
  Command& option(std::string names, std::string value, std::optional<std::string>& out,
                  std::string text);
  Command& option(std::string names, std::string value, std::optional<std::uint64_t>& out,
                  std::string text);
  /// May be given several times, with one value each.
  Command& option(std::string names, std::string value, std::vector<std::string>& out,
                  std::string text);
  Command& required_option(std::string names, std::string value, std::string& out,
                           std::string text);
  Command& flag(std::string names, bool& out, std::string text);

  /// What the arguments must be together; what it finds is misuse, as an unknown option is.
  Command& check(std::function<Result<>()> rule);

  /// What the command does. `client` adds --data, --json and --local: it talks to a manager or to
  /// this machine's agent.
  Command& client(Action action);
  Command& action(Action action);

 private:
  friend class CommandTree;
  struct Node;
  explicit Command(Node& node) : node_(&node) {}
  Node* node_;
};

/// What holds for every client command.
struct Globals {
  std::optional<std::string> data;
  bool json = false;
  bool local = false;
};

/// The outcome of reading the arguments: help to print, or an action to take.
struct Parsed {
  std::string help;  // if not empty, print it and be done
  Action action;
  /// What the arguments call a field of the request: "--path" for "/outputs/0/path".
  std::function<std::string(const std::string& field)> argument_of;
};

/// What may stand where the cursor is.
struct Completion {
  struct Candidate {
    std::string word;
    std::string text;  // what it does, for shells that show it
  };
  std::vector<Candidate> candidates;  // commands and options
  /// A value is due: what the help calls it, "SERVICE"; "" for none.
  std::string value;
  std::string glue;                  // before the value in the same word: "--node="
  std::vector<std::string> path{};   // the command: "service", "push"
  std::vector<std::string> given{};  // its arguments so far, without options
};

class CommandTree {
 public:
  CommandTree(std::string name, std::string summary);
  ~CommandTree();
  CommandTree(const CommandTree&) = delete;
  CommandTree& operator=(const CommandTree&) = delete;

  Command root();
  const Globals& globals() const;

  /// `invalid`, with what to type to learn more, when the arguments cannot be understood.
  Result<Parsed> parse(int argc, const char* const* argv);

  /// Of the words after the program's name the last one, "" if there is nothing of it yet, is being
  /// typed.
  Completion complete(const std::vector<std::string>& words) const;

 private:
  std::unique_ptr<Command::Node> root_;
};

}  // namespace reeve::cli
