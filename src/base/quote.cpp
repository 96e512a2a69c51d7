#include "base/quote.hpp"

#include "base/utf8.hpp"

#include <fmt/core.h>

namespace reeve {

std::string quote(std::string_view text) {
  constexpr std::size_t kLongest = 60;
  std::string out = "\"";
  std::size_t at = 0;
  while (at < text.size() && at < kLongest) {
    std::size_t length = utf8::first_length(text.substr(at));
    char first = text[at];
    bool is_control = static_cast<unsigned char>(first) < 0x20 || first == 0x7F;
    if (length == 0 || is_control) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(first));
      length = 1;
    } else {
      if (first == '"' || first == '\\') out += '\\';
      out += text.substr(at, length);
    }
    at += length;
  }
  if (at < text.size()) out += "…";
  return out + '"';
}

}  // namespace reeve
