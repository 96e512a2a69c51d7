#include "cli/command.hpp"

#include "base/quote.hpp"
#include "cli/command_node.hpp"
#include "cli/command_words.hpp"

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <algorithm>
#include <cctype>
#include <charconv>

namespace reeve::cli {

namespace {

constexpr std::size_t kNamesColumn = 30;
constexpr const char* kEverywhere = "Everywhere";  // the heading of what every command takes

// `value` is what the help calls it; positional arguments have their name for that.
template <class T>
CLI::Option& value_option(CLI::App& app, const std::string& names, const std::string& value, T& out,
                          const std::string& text) {
  return *app.add_option(names, out, text)->type_name(value)->option_text(value);
}

void add_globals(CLI::App& app, Globals& globals) {
  app.add_option("--data", globals.data, "find the manager by the data folder it runs on")
      ->option_text("DIR")
      ->group(kEverywhere);
  app.add_flag("--json", globals.json, "print one JSON document")->group(kEverywhere);
  app.add_flag("--local", globals.local,
               "ask this machine's agent; for what it knows itself, without a manager")
      ->group(kEverywhere);
}

std::string without_full_stop(std::string text) {
  while (!text.empty() && (text.back() == '.' || text.back() == '\n')) text.pop_back();
  bool is_word = text.size() > 1 && std::islower(static_cast<unsigned char>(text[1]));
  if (is_word) text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  return text;
}

// "--uses: 1 required TEXT missing" in the words of people.
std::string mismatch(const std::string& words) {
  bool is_missing = words.find(" required ") != words.npos && words.ends_with("missing");
  return is_missing ? words.substr(0, words.find(':')) + " needs a value" : words;
}

CLI::Option& not_empty(CLI::Option& argument) {
  argument.check([](const std::string& given) {
    return given.empty() ? "expected a word, got \"\"" : std::string();
  });
  return argument;
}

Failure misused(const CLI::App* app, const std::string& what) {
  return fail(Errc::invalid, "{}; see `{} --help`", what, path_of(app));
}

}  // namespace

Command Command::add(std::string name, std::string summary, std::string group) {
  CLI::App* app = node_->app.add_subcommand(name, summary);
  app->group(std::move(group));
  node_->app.require_subcommand(0, 1);
  node_->app.allow_extras();  // so that an unknown command is named, see CommandTree::parse
  app->allow_extras(false);   // which it would have from its parent
  app->footer(own_examples(node_->app.get_footer(), path_of(app)));
  node_->children.push_back(std::make_unique<Node>(*app, node_->globals));
  return Command(*node_->children.back());
}

Command& Command::alias(std::string name) {
  node_->app.alias(std::move(name));
  return *this;
}

Command& Command::teach(std::string text) {
  node_->app.footer(std::move(text));
  return *this;
}

Command& Command::argument(std::string name, std::string& out, std::string text) {
  not_empty(value_option(node_->app, name, "", out, text)).required();
  return *this;
}

Command& Command::arguments(std::string name, std::vector<std::string>& out, std::string text) {
  not_empty(value_option(node_->app, name, "", out, text)).required();
  return *this;
}

Command& Command::optional_arguments(std::string name, std::vector<std::string>& out,
                                     std::string text) {
  not_empty(value_option(node_->app, name, "", out, text));
  return *this;
}

Command& Command::option(std::string names, std::string value, std::optional<std::string>& out,
                         std::string text) {
  value_option(node_->app, names, value, out, text);
  return *this;
}

Command& Command::option(std::string names, std::string value, std::optional<std::uint64_t>& out,
                         std::string text) {
  // CLI11 would take -1 for the largest number there is.
  auto read = [&out, names](const std::string& given) {
    std::uint64_t number = 0;
    auto [end, problem] = std::from_chars(given.data(), given.data() + given.size(), number);
    if (problem != std::errc{} || end != given.data() + given.size())
      throw CLI::ValidationError(names, "expected a whole number, got " + quote(given));
    out = number;
  };
  node_->app.add_option_function<std::string>(names, read, text)->option_text(value);
  return *this;
}

Command& Command::option(std::string names, std::string value, std::vector<std::string>& out,
                         std::string text) {
  value_option(node_->app, names, value, out, text).allow_extra_args(false);
  return *this;
}

Command& Command::required_option(std::string names, std::string value, std::string& out,
                                  std::string text) {
  value_option(node_->app, names, value, out, text).required();
  return *this;
}

Command& Command::flag(std::string names, bool& out, std::string text) {
  node_->app.add_flag(names, out, std::move(text));
  return *this;
}

Command& Command::check(std::function<Result<>()> rule) {
  node_->check = std::move(rule);
  return *this;
}

Command& Command::action(Action action) {
  node_->action = std::move(action);
  return *this;
}

Command& Command::client(Action act) {
  add_globals(node_->app, node_->globals);
  return action(std::move(act));
}

CommandTree::CommandTree(std::string name, std::string summary) {
  auto globals = std::make_unique<Globals>();
  auto app = std::make_unique<CLI::App>(std::move(summary), std::move(name));
  app->get_formatter()->column_width(kNamesColumn);
  app->get_formatter()->label("SUBCOMMAND", "COMMAND");
  app->get_formatter()->label("REQUIRED", "");
  app->get_formatter()->label("Positionals", "Arguments");
  app->set_help_flag("--help,-h", "print this help")->group(kEverywhere);
  add_globals(*app, *globals);
  root_ = std::make_unique<Command::Node>(*app, *globals);
  root_->owned_app = std::move(app);
  root_->owned_globals = std::move(globals);
}

CommandTree::~CommandTree() = default;

Command CommandTree::root() { return Command(*root_); }

const Globals& CommandTree::globals() const { return root_->globals; }

namespace {

// The command that the words so far name, at any moment of the parsing.
const CLI::App* deepest(const CLI::App* app) {
  while (!app->get_subcommands().empty()) app = app->get_subcommands().front();
  return app;
}

// CLI11 writes the help of the command that was reached, with blank lines where no group was.
std::string help_of(const CLI::App& root) {
  std::string text = root.help();
  for (auto at = text.find("\n\n\n"); at != text.npos; at = text.find("\n\n\n")) text.erase(at, 1);
  auto usage = text.find("\nUsage:");
  if (usage != text.npos) text.insert(usage, "\n");
  return text;
}

}  // namespace

Result<Parsed> CommandTree::parse(int argc, const char* const* argv) {
  CLI::App& app = root_->app;
  try {
    app.parse(argc, const_cast<char**>(argv));
  } catch (const CLI::CallForHelp&) {
    return Parsed{help_of(app), nullptr, {}};
  } catch (const CLI::ArgumentMismatch& problem) {
    return misused(deepest(&app), mismatch(problem.what()));
  } catch (const CLI::ExtrasError&) {
    const CLI::App& reached = *deepest(&app);
    return misused(&reached, unexpected(reached, reached.remaining().front()));
  } catch (const CLI::RequiredError& problem) {
    const CLI::App& reached = *deepest(&app);
    return misused(&reached, missing(reached, without_full_stop(problem.what())));
  } catch (const CLI::ParseError& problem) {
    return misused(deepest(&app), without_full_stop(problem.what()));
  }
  const Command::Node* node = root_.get();
  while (!node->action) {
    std::vector<std::string> unknown = node->app.remaining();
    if (!unknown.empty() && unknown.front() == "help") return Parsed{help_of(app), nullptr, {}};
    if (!unknown.empty())
      return misused(&node->app, fmt::format("there is no command {}{}", quote(unknown.front()),
                                             suggestion(node->app, unknown.front())));
    if (node->app.get_subcommands().empty())
      return misused(&node->app, fmt::format("`{}` needs a command", path_of(&node->app)));
    const CLI::App* chosen = node->app.get_subcommands().front();
    auto child =
        std::ranges::find_if(node->children, [&](const auto& one) { return &one->app == chosen; });
    node = child->get();
  }
  if (node->check) {
    auto checked = node->check();
    if (!checked) return misused(&node->app, checked.error().what);
  }
  auto called = [reached = &node->app](const std::string& field) {
    return argument_of(*reached, field);
  };
  return Parsed{"", node->action, called};
}

}  // namespace reeve::cli
