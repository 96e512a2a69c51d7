#include "model/file_words.hpp"

#include "base/quote.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace reeve::model {

bool is_octal_mode(std::string_view text) {
  if (text.size() == 4 && text.front() == '0') text.remove_prefix(1);
  return text.size() == 3 && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '7'; });
}

void check_absolute_path(const std::string& text, json::Faults& faults, const json::Path& path) {
  if (!text.starts_with('/'))
    faults.add(path, fmt::format("expected an absolute path, got {}", quote(text)));
  if (text.find('\0') != std::string::npos) faults.add(path, "a path must not hold a zero byte");
  for (std::string_view rest = text; !rest.empty();) {
    auto slash = rest.find('/');
    if (rest.substr(0, slash) == "..") return faults.add(path, "a path must not hold \"..\"");
    rest = slash == rest.npos ? std::string_view() : rest.substr(slash + 1);
  }
}

}  // namespace reeve::model
