#include "cli/command_words.hpp"

#include "base/quote.hpp"
#include "json/nearest.hpp"

#include <CLI/App.hpp>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>
#include <vector>

namespace reeve::cli {

namespace {

std::string nearest(std::string_view word, const std::vector<std::string>& names) {
  std::vector<std::string_view> views(names.begin(), names.end());
  return std::string(json::nearest(word, views));
}

// What other programs call the same.
std::string usual_name(std::string_view word, const std::vector<std::string>& names) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 11> kOthers{{
      {"list", "ls"},
      {"show", "get"},
      {"describe", "get"},
      {"inspect", "get"},
      {"view", "get"},
      {"remove", "delete"},
      {"del", "delete"},
      {"create", "add"},
      {"create", "apply"},
      {"new", "create"},
      {"history", "revisions"},
  }};
  for (const auto& [other, ours] : kOthers)
    if (word == other && std::ranges::count(names, ours) > 0) return std::string(ours);
  return "";
}

bool names_it(const CLI::Option& option, std::string_view segment) {
  std::string name(segment);
  for (char& c : name) c = c == '_' ? '-' : c;
  auto is_it = [&](std::string one) {
    for (char& c : one) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return one == name || one + 's' == name;
  };
  return option.get_positional() ? is_it(option.get_name(true))
                                 : std::ranges::any_of(option.get_lnames(), is_it);
}

}  // namespace

std::string path_of(const CLI::App* app) {
  std::string path = app->get_name();
  for (app = app->get_parent(); app; app = app->get_parent()) path = app->get_name() + ' ' + path;
  return path;
}

std::string suggestion(const CLI::App& app, std::string_view word) {
  constexpr std::size_t kFew = 10;
  std::vector<std::string> names;
  for (const CLI::App* child : app.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(child->get_name());
  std::string meant = usual_name(word, names);
  if (meant.empty()) meant = nearest(word, names);
  if (!meant.empty()) return fmt::format(" (did you mean \"{}\"?)", meant);
  return names.size() > kFew ? "" : fmt::format(" (there are {})", fmt::join(names, ", "));
}

std::string unexpected(const CLI::App& app, const std::string& word) {
  if (!word.starts_with('-') || word == "-")
    return fmt::format("expected no further argument, got {}", quote(word));
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options())
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  auto name = word.substr(0, word.find('='));
  auto meant = nearest(name, names);
  return fmt::format("there is no option {}{}", quote(name),
                     meant.empty() ? "" : fmt::format(" (did you mean \"{}\"?)", meant));
}

std::string missing(const CLI::App& app, const std::string& words) {
  auto extra = app.remaining();
  return extra.empty() ? words : words + ", and " + unexpected(app, extra.front());
}

std::string argument_of(const CLI::App& app, const std::string& field) {
  for (auto end = field.size(); end > 0;) {
    auto begin = field.find_last_of("/?", end - 1);
    if (begin == field.npos) break;
    auto segment = std::string_view(field).substr(begin + 1, end - begin - 1);
    for (const CLI::Option* option : app.get_options())
      if (names_it(*option, segment))
        return option->get_positional() ? option->get_name(true)
                                        : "--" + option->get_lnames().front();
    end = begin;
  }
  return field;
}

std::string own_examples(const std::string& teaching, const std::string& path) {
  constexpr std::string_view kHeading = "Examples:";
  std::string out;
  std::string examples;
  bool is_example = false;
  bool is_shown = false;
  for (std::size_t at = 0; at < teaching.size();) {
    auto end = std::min(teaching.find('\n', at), teaching.size());
    auto line = teaching.substr(at, end - at);
    at = end + 1;
    if (line == kHeading) {
      is_example = true;
      continue;
    }
    if (line.empty()) is_example = false;
    if (!is_example) {
      if (!out.empty() || !line.empty()) out += line + '\n';
      continue;
    }
    bool is_continued = line.starts_with("      ");
    if (!is_continued) is_shown = (line + ' ').find(path + ' ') != line.npos;
    if (is_shown) examples += line + '\n';
  }
  if (!examples.empty())
    out = fmt::format("{}\n{}{}{}", kHeading, examples, out.empty() ? "" : "\n", out);
  while (out.ends_with('\n')) out.pop_back();
  return out;
}

}  // namespace reeve::cli
