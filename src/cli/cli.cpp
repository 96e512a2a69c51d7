#include "cli/cli.hpp"

#include "cli/commands/commands.hpp"
#include "cli/commands/complete.hpp"
#include "cli/environment.hpp"
#include "cli/output.hpp"
#include "cli/session.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>
#include <vector>

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

// In the words of the command line; programs get the API's.
Error spoken(Error error, const Parsed& parsed) {
  error.field = parsed.argument_of(error.field);
  for (Fault& fault : error.faults) fault.field = parsed.argument_of(fault.field);
  return error;
}

int act(const Parsed& parsed, Session& session) {
  auto answer = parsed.action(session);
  bool as_json = session.globals().json;
  if (!answer && session.is_interrupted()) {
    // Who ends a watch by Ctrl-C wants to hear nothing of it.
    if (!answer.error().what.empty()) print_error(answer.error(), as_json);
    return code(Exit::interrupted);
  }
  if (!answer) {
    print_error(as_json ? answer.error() : spoken(answer.error(), parsed), as_json);
    return code(Exit::failed);
  }
  bool is_printed = as_json && answer->json.is_null();
  if (!is_printed && !print(as_json ? json::serialize_pretty(answer->json) : answer->text))
    return code(Exit::failed);
  return code(answer->has_failed ? Exit::failed : Exit::ok);
}

// A stream that the caller closed would be the first socket that is opened, and be written to.
void keep_streams() {
  for (int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (::fcntl(stream, F_GETFD) < 0 && errno == EBADF) [[maybe_unused]]
      int same = ::open("/dev/null", O_RDONLY);  // writing to it is an error
}

// What people type to any program before they know it.
bool asks_for_version(int argc, const char* const* argv) {
  return argc == 2 && std::string_view(argv[1]) == "--version";
}

// `reeve help service push`
bool asks_for_help(int argc, const char* const* argv) {
  return argc > 1 && std::string_view(argv[1]) == "help";
}

// As the scripts of `reeve completion` do. Not a command of the tree: any word may follow it.
bool asks_for_completion(int argc, const char* const* argv) {
  return argc > 2 && std::string_view(argv[1]) == kCompleteCommand;
}

}  // namespace

int run(int argc, const char* const* argv) {
  keep_streams();
  if (asks_for_version(argc, argv)) {
    std::array words{argv[0], "version"};
    return run(static_cast<int>(words.size()), words.data());
  }
  if (asks_for_help(argc, argv)) {
    std::vector<const char*> words(argv + 1, argv + argc);  // `help` stands for the program
    words.push_back("--help");
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
  return act(*parsed, session);
}

}  // namespace reeve::cli
