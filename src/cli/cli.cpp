#include "cli/cli.hpp"

#include "cli/commands/commands.hpp"
#include "cli/commands/complete.hpp"
#include "cli/environment.hpp"
#include "cli/output.hpp"
#include "cli/session.hpp"

#include <array>
#include <string_view>

namespace reeve::cli {

namespace {

int code(Exit exit) { return static_cast<int>(exit); }

// Asked when the arguments could not be understood, to answer in the form that was wished for.
bool asks_for_json(int argc, const char* const* argv) {
  for (int i = 1; i < argc; ++i) {
    std::string_view word = argv[i];
    if (word == "--") return false;
    if (word == "--json") return true;
  }
  return false;
}

int act(const Action& action, Session& session) {
  auto answer = action(session);
  if (!answer && session.is_interrupted()) {
    // Who ends a watch by Ctrl-C wants to hear nothing of it.
    if (!answer.error().what.empty()) print_error(answer.error(), session.globals().json);
    return code(Exit::interrupted);
  }
  if (!answer) {
    print_error(answer.error(), session.globals().json);
    return code(Exit::failed);
  }
  bool as_json = session.globals().json;
  if (!print(as_json ? json::serialize_pretty(answer->json) : answer->text))
    return code(Exit::failed);
  return code(answer->has_failed ? Exit::failed : Exit::ok);
}

// What people type to any program before they know it.
bool asks_for_version(int argc, const char* const* argv) {
  return argc == 2 && std::string_view(argv[1]) == "--version";
}

// As the scripts of `reeve completion` do. Not a command of the tree: any word may follow it.
bool asks_for_completion(int argc, const char* const* argv) {
  return argc > 2 && std::string_view(argv[1]) == kCompleteCommand;
}

}  // namespace

int run(int argc, const char* const* argv) {
  if (asks_for_version(argc, argv)) {
    std::array words{argv[0], "version"};
    return run(static_cast<int>(words.size()), words.data());
  }
  CommandTree tree("reeve", "Reeve keeps instance lists, and the machines that use them, in step.");
  add_commands(tree.root());
  if (asks_for_completion(argc, argv)) {
    complete(tree, {argv + 2, argv + argc});
    return code(Exit::ok);
  }
  auto parsed = tree.parse(argc, argv);
  if (!parsed) {
    print_error(parsed.error(), asks_for_json(argc, argv));
    return code(Exit::misused);
  }
  if (!parsed->help.empty()) return code(print(parsed->help) ? Exit::ok : Exit::failed);
  Session session(tree.globals(), invocation(argc > 0 ? argv[0] : nullptr));
  return act(parsed->action, session);
}

}  // namespace reeve::cli
