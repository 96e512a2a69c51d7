// What may be typed next, from the tree of commands alone.
#include "cli/command_node.hpp"

#include <algorithm>

namespace reeve::cli {

namespace {

const CLI::Option* option_called(const CLI::App& app, const std::string& name) {
  const CLI::Option* found = nullptr;
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_positional()) continue;
    auto is_it = [&](const std::string& one) { return name == "--" + one; };
    auto is_short = [&](const std::string& one) { return name == "-" + one; };
    if (std::ranges::any_of(option->get_lnames(), is_it) ||
        std::ranges::any_of(option->get_snames(), is_short))
      found = option;
  }
  return found;
}

bool takes_value(const CLI::Option& option) { return option.get_items_expected_max() > 0; }

/// The words before the one that is typed, followed through the tree.
class Walk {
 public:
  explicit Walk(const CLI::App& root) : app_(&root) {}

  void take(const std::string& word) {
    if (waiting_) {
      waiting_ = nullptr;
    } else if (is_past_options_ || !word.starts_with('-')) {
      take_word(word);
    } else if (word == "--") {
      is_past_options_ = true;
    } else if (const auto* option = option_called(*app_, word); option && takes_value(*option)) {
      waiting_ = option;
    }
  }

  Completion finish(const std::string& word) const {
    Completion out{{}, "", "", path_, given_};
    auto equals = word.find('=');
    if (waiting_) {
      out.value = waiting_->get_option_text();
    } else if (!is_past_options_ && word.starts_with("--") && equals != word.npos) {
      const auto* option = option_called(*app_, word.substr(0, equals));
      if (option && takes_value(*option)) out.value = option->get_option_text();
      out.glue = word.substr(0, equals + 1);
    } else if (!is_past_options_ && word.starts_with('-')) {
      out.candidates = options();
    } else {
      out.candidates = commands();
      out.value = next_argument();
    }
    return out;
  }

 private:
  void take_word(const std::string& word) {
    auto is_called_so = [&](const CLI::App* one) {
      return one->get_name() == word || std::ranges::count(one->get_aliases(), word) > 0;
    };
    auto found = app_->get_subcommands(is_called_so);
    if (!given_.empty() || found.empty()) {
      given_.push_back(word);
      return;
    }
    app_ = found.front();
    path_.push_back(app_->get_name());
  }

  std::vector<Completion::Candidate> commands() const {
    auto below = app_->get_subcommands([](const CLI::App*) { return true; });
    std::vector<Completion::Candidate> out;
    out.reserve(below.size());
    for (const CLI::App* one : below) out.push_back({one->get_name(), one->get_description()});
    return out;
  }

  std::vector<Completion::Candidate> options() const {
    std::vector<Completion::Candidate> out;
    for (const CLI::Option* option : app_->get_options())
      for (const std::string& name : option->get_lnames())
        out.push_back({"--" + name, option->get_description()});
    return out;
  }

  // The last argument may be one that takes all that comes.
  std::string next_argument() const {
    std::vector<const CLI::Option*> arguments;
    for (const CLI::Option* option : app_->get_options())
      if (option->get_positional()) arguments.push_back(option);
    if (arguments.empty()) return "";
    auto at = std::min(given_.size(), arguments.size() - 1);
    bool is_full =
        given_.size() >= arguments.size() && arguments[at]->get_items_expected_max() <= 1;
    return is_full ? "" : arguments[at]->get_name(true);
  }

  const CLI::App* app_;
  const CLI::Option* waiting_ = nullptr;  // for its value
  bool is_past_options_ = false;
  std::vector<std::string> path_;
  std::vector<std::string> given_;
};

}  // namespace

Completion CommandTree::complete(const std::vector<std::string>& words) const {
  Walk walk(root_->app);
  for (std::size_t i = 0; i + 1 < words.size(); ++i) walk.take(words[i]);
  return walk.finish(words.empty() ? "" : words.back());
}

}  // namespace reeve::cli
