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

json::Value pairs_value(const std::map<std::string, std::string>& pairs) {
  json::Object object;
  for (const auto& [key, value] : pairs) object.emplace(key, value);
  return object;
}

}  // namespace reeve::cli
