#include "model/name.hpp"

#include "base/quote.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace reeve::model {
namespace {

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_name_part(char c) { return is_alphanumeric(c) || c == '.' || c == '_' || c == '-'; }

char folded(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

bool is_name(std::string_view text) {
  if (text.empty() || text.size() > 63 || !is_alphanumeric(text.front())) return false;
  return std::all_of(text.begin(), text.end(), is_name_part);
}

bool is_name_pattern(std::string_view text) {
  return !text.empty() && text.size() <= 63 && std::all_of(text.begin(), text.end(), [](char c) {
    return is_name_part(c) || c == '*' || c == '?';
  });
}

// Greedy with one way back, to the last star: linear for what people write, never exponential.
bool matches_pattern(std::string_view pattern, std::string_view name) {
  std::size_t p = 0;
  std::size_t n = 0;
  auto star = pattern.npos;
  std::size_t resume = 0;
  while (n < name.size()) {
    bool is_equal =
        p < pattern.size() && (pattern[p] == '?' || folded(pattern[p]) == folded(name[n]));
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = n;
    } else if (is_equal) {
      ++p;
      ++n;
    } else if (star != pattern.npos) {
      p = star + 1;
      n = ++resume;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == pattern.npos;
}

void check_name(std::string_view text, json::Faults& faults, const json::Path& path) {
  if (is_name(text)) return;
  faults.add(path, fmt::format("expected a name of 1 to 63 letters, digits, '.', '_' or '-' that "
                               "starts with a letter or digit, got {}",
                               quote(text)));
}

std::string fold(std::string_view name) {
  std::string text(name);
  std::ranges::transform(text, text.begin(), folded);
  return text;
}

}  // namespace reeve::model
