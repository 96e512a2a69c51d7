#include "model/command.hpp"

#include "base/quote.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace reeve::model {
namespace {

constexpr std::string_view kShellAlone = "|<>&;$`";
constexpr std::string_view kWayOut = "say shell: true";

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// Reads words from the front of a line.
class Splitter {
 public:
  Splitter(std::string_view line, std::string_view way_out) : line_(line), way_out_(way_out) {}

  Result<std::vector<std::string>> split() {
    std::vector<std::string> words;
    while (skip_blanks()) {
      TRY_ASSIGN(auto word, next_word());
      words.push_back(std::move(word));
    }
    return words;
  }

 private:
  bool skip_blanks() {
    while (at_ < line_.size() && is_blank(line_[at_])) ++at_;
    return at_ < line_.size();
  }

  Result<std::string> next_word() {
    std::string word;
    while (at_ < line_.size() && !is_blank(line_[at_])) {
      char c = line_[at_++];
      if (kShellAlone.find(c) != kShellAlone.npos)
        return fail(Errc::invalid,
                    "{} means something to a shell alone; put it between quotes if it is meant as "
                    "it stands, or {}",
                    quote(std::string_view(&c, 1)), way_out_);
      if (c == '\'' || c == '"') {
        TRY(read_quoted(c, word));
      } else if (c == '\\') {
        if (at_ == line_.size()) return fail(Errc::invalid, "a backslash at the end means nothing");
        word += line_[at_++];
      } else {
        word += c;
      }
    }
    return word;
  }

  /// After the opening quote; in double quotes a backslash keeps the next quote or backslash.
  Result<> read_quoted(char end, std::string& word) {
    while (at_ < line_.size()) {
      char c = line_[at_++];
      if (c == end) return {};
      bool is_escape = end == '"' && c == '\\' && at_ < line_.size() &&
                       (line_[at_] == '"' || line_[at_] == '\\');
      word += is_escape ? line_[at_++] : c;
    }
    return fail(Errc::invalid, "a quote {} is not closed", end);
  }

  std::string_view line_;
  std::string_view way_out_;
  std::size_t at_ = 0;
};

std::size_t bytes_of(const Command& command) {
  std::size_t bytes = command.line.size();
  for (const auto& argument : command.arguments) bytes += argument.size() + 1;
  return bytes;
}

void check_arguments(const std::vector<std::string>& arguments, json::Faults& faults,
                     const json::Path& path) {
  for (std::size_t i = 0; i < arguments.size(); ++i)
    if (arguments[i].find('\0') != std::string::npos)
      faults.add(path / i, "an argument must not hold a zero byte");
  if (arguments.front().empty()) faults.add(path / 0, "expected the name of a program, got \"\"");
}

bool needs_quotes(std::string_view word) {
  return word.empty() || std::ranges::any_of(word, [](char c) {
           return is_blank(c) || kShellAlone.find(c) != kShellAlone.npos || c == '\'' || c == '"' ||
                  c == '\\' || c == '*' || c == '?' || c == '#' || c == '~' || c == '(' ||
                  c == ')' || c == '{' || c == '}' || c == '[' || c == ']' || c == '!';
         });
}

}  // namespace

void read_form(json::Reader& reader, const json::Value& value, Command& out,
               const json::FieldRules&, const json::Path& path) {
  out = {};
  if (value.is_array()) {
    auto rules = json::field("").items(1, kMostArguments);
    json::read(reader, value, out.arguments, rules, path);
  } else if (value.is_string()) {
    reader.string(value, out.line, json::field("").length(1, kLongestCommand), path);
  } else {
    reader.faults().add(path, fmt::format("expected an array of arguments or a line, got {}",
                                          json::serialize(value).substr(0, 100)));
  }
}

void write_form(std::string& out, const Command& command) {
  if (command.line.empty())
    json::write(out, command.arguments, json::kNoRules, json::kShowSecrets);
  else
    json::write_string(out, command.line);
}

json::Object form_schema(const Command*) {
  json::Object arguments{{"type", "array"},
                         {"items", {{"type", "string"}}},
                         {"minItems", 1},
                         {"maxItems", kMostArguments}};
  json::Object line{{"type", "string"}, {"minLength", 1}, {"maxLength", kLongestCommand}};
  return {{"oneOf", json::Array{std::move(arguments), std::move(line)}}};
}

Result<std::vector<std::string>> split_command(std::string_view line, std::string_view way_out) {
  TRY_ASSIGN(auto words, Splitter(line, way_out).split());
  if (words.empty()) return fail(Errc::invalid, "expected a command, got only blanks");
  if (words.size() > kMostArguments)
    return fail(Errc::too_large, "a command has at most {} arguments, got {}", kMostArguments,
                words.size());
  return words;
}

void check_command(const Command& command, bool shell, json::Faults& faults,
                   const json::Path& path) {
  if (command.empty()) return faults.add(path, "expected a command");
  if (bytes_of(command) > kLongestCommand)
    return faults.add(path, fmt::format("a command has at most {} bytes, this one has {}",
                                        kLongestCommand, bytes_of(command)));
  if (shell && command.line.empty())
    return faults.add(path, "shell: true takes one line, got an array of arguments");
  if (!command.line.empty() && command.line.find('\0') != std::string::npos)
    return faults.add(path, "a command must not hold a zero byte");
  if (shell) return;
  if (command.line.empty()) return check_arguments(command.arguments, faults, path);
  auto words = split_command(command.line, kWayOut);
  if (!words)
    faults.add(path, words.error().what);
  else if (words->front().empty())
    faults.add(path, "expected the name of a program, got \"\"");
}

void split_if_line(Command& command, bool shell) {
  if (shell || command.line.empty()) return;
  auto words = split_command(command.line, kWayOut);
  if (!words) return;
  command.arguments = std::move(*words);
  command.line.clear();
}

std::string to_line(const Command& command) {
  if (!command.line.empty()) return command.line;
  std::string line;
  for (const auto& argument : command.arguments) {
    if (!line.empty()) line += ' ';
    if (!needs_quotes(argument)) {
      line += argument;
      continue;
    }
    line += '\'';
    for (char c : argument) c == '\'' ? line += "'\\''" : line += c;
    line += '\'';
  }
  return line;
}

}  // namespace reeve::model
