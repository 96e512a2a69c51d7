#include "cli/commands/arguments.hpp"

#include "base/quote.hpp"

namespace reeve::cli {

Result<std::map<std::string, std::string>> parse_pairs(const std::vector<std::string>& texts) {
  std::map<std::string, std::string> pairs;
  for (const std::string& text : texts) {
    auto equals = text.find('=');
    if (equals == text.npos || equals == 0)
      return fail(Errc::invalid, "expected KEY=VALUE, got {}", quote(text));
    auto [at, is_new] = pairs.emplace(text.substr(0, equals), text.substr(equals + 1));
    if (!is_new) return fail(Errc::invalid, "the key {} is given twice", quote(at->first));
  }
  return pairs;
}

Result<json::Object> parse_label_edits(const std::vector<std::string>& texts) {
  json::Object edits;
  std::vector<std::string> to_set;
  for (const std::string& text : texts) {
    bool is_removal = text.size() > 1 && text.ends_with('-') && text.find('=') == text.npos;
    if (is_removal)
      edits.emplace(text.substr(0, text.size() - 1), nullptr);
    else if (text.find('=') == text.npos)
      return fail(Errc::invalid, "expected KEY=VALUE to set a label or KEY- to remove it, got {}",
                  quote(text));
    else
      to_set.push_back(text);
  }
  TRY_ASSIGN(auto pairs, parse_pairs(to_set));
  for (auto& [key, value] : pairs) {
    bool is_new = edits.emplace(key, value).second;
    if (!is_new) return fail(Errc::invalid, "the label {} is both set and removed", quote(key));
  }
  return edits;
}

namespace {

/// A command line, character by character.
class Splitter {
 public:
  Result<> take(char c) {
    bool is_end_of_quote = quote_ != 0 && c == quote_;
    if (is_escaped_) {
      is_escaped_ = false;
      append(c);
    } else if (c == '\\' && quote_ != '\'') {
      is_escaped_ = true;
    } else if (is_end_of_quote) {
      quote_ = 0;
    } else if (quote_ != 0) {
      append(c);
    } else if (c == '\'' || c == '"') {
      quote_ = c;
      is_in_word_ = true;  // "" is an argument too
    } else if (c == ' ' || c == '\t' || c == '\n') {
      end_word();
    } else if (std::string_view("|<>&;$`").find(c) != std::string_view::npos) {
      return fail(
          Errc::invalid,
          "{} means something to a shell alone, and there is none; put it into a script, or "
          "between quotes if it is meant as it stands",
          quote(std::string_view(&c, 1)));
    } else {
      append(c);
    }
    return {};
  }

  Result<std::vector<std::string>> finish() {
    if (quote_ != 0 || is_escaped_)
      return fail(Errc::invalid, "expected the end of a quotation before the end of the command");
    end_word();
    if (words_.empty()) return fail(Errc::invalid, "expected a program and its arguments");
    return std::move(words_);
  }

 private:
  void append(char c) {
    word_ += c;
    is_in_word_ = true;
  }
  void end_word() {
    if (is_in_word_) words_.push_back(std::move(word_));
    word_.clear();
    is_in_word_ = false;
  }

  std::vector<std::string> words_;
  std::string word_;
  char quote_ = 0;
  bool is_escaped_ = false;
  bool is_in_word_ = false;
};

}  // namespace

Result<std::vector<std::string>> split_command(std::string_view text) {
  Splitter splitter;
  for (char c : text) TRY(splitter.take(c));
  return splitter.finish();
}

json::Value pairs_value(const std::map<std::string, std::string>& pairs) {
  json::Object object;
  for (const auto& [key, value] : pairs) object.emplace(key, value);
  return object;
}

}  // namespace reeve::cli
