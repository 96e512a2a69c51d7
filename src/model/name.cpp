#include "model/name.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace reeve::model {
namespace {

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

}  // namespace

bool is_name(std::string_view text) {
  if (text.empty() || text.size() > 63 || !is_alphanumeric(text.front())) return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return is_alphanumeric(c) || c == '.' || c == '_' || c == '-'; });
}

void check_name(std::string_view text, json::Faults& faults, const json::Path& path) {
  if (is_name(text)) return;
  faults.add(path, fmt::format("expected a name of 1 to 63 letters, digits, '.', '_' or '-' that "
                               "starts with a letter or digit, got \"{}\"",
                               text.substr(0, 80)));
}

std::string fold(std::string_view name) {
  std::string folded(name);
  for (char& c : folded)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return folded;
}

}  // namespace reeve::model
