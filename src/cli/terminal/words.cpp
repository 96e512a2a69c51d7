#include "cli/terminal/words.hpp"

#include <fmt/core.h>

namespace reeve::cli {

using namespace std::chrono_literals;

std::string rough_length(Duration length) {
  if (length < 1min) return fmt::format("{}s", length / 1s);
  if (length < 1h) return fmt::format("{}m", length / 1min);
  if (length < 48h) return fmt::format("{}h", length / 1h);
  constexpr auto kYear = 24h * 365;
  if (length < 2 * kYear) return fmt::format("{}d", length / 24h);
  return fmt::format("{}y", length / kYear);
}

std::string relative(WallTime when, WallTime now) {
  Duration past = now - when;
  if (past >= 0s && past < 2s) return "just now";
  return past < 0s ? fmt::format("in {}", rough_length(-past))
                   : fmt::format("{} ago", rough_length(past));
}

std::string relative(std::optional<WallTime> when, WallTime now) {
  return when ? relative(*when, now) : "-";
}

std::string counted(std::size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string labels_text(const std::map<std::string, std::string>& labels) {
  std::string out;
  for (const auto& [key, value] : labels) {
    if (!out.empty()) out += ' ';
    out += key + '=' + value;
  }
  return out.empty() ? "-" : out;
}

std::string shell_word(std::string_view text) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=@%+,";
  if (!text.empty() && text.find_first_not_of(kPlain) == text.npos) return std::string(text);
  std::string out = "'";
  for (char c : text) {
    if (c == '\'')
      out += "'\\''";
    else
      out += c;
  }
  return out + "'";
}

}  // namespace reeve::cli
