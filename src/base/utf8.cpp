#include "base/utf8.hpp"

namespace reeve::utf8 {

namespace {

bool is_between(unsigned char byte, unsigned char low, unsigned char high) {
  return low <= byte && byte <= high;
}

}  // namespace

std::size_t first_length(std::string_view text) {
  if (text.empty()) return 0;
  auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  auto follows = [&](std::size_t i) { return i < text.size() && is_between(at(i), 0x80, 0xBF); };
  auto second_in = [&](unsigned char low, unsigned char high) {
    return text.size() > 1 && is_between(at(1), low, high);
  };
  unsigned char lead = at(0);
  if (lead < 0x80) return 1;
  if (is_between(lead, 0xC2, 0xDF)) return follows(1) ? 2 : 0;
  // The second byte's bounds keep out overlong forms, surrogates and what lies above U+10FFFF.
  if (is_between(lead, 0xE0, 0xEF)) {
    bool second = second_in(lead == 0xE0 ? 0xA0 : 0x80, lead == 0xED ? 0x9F : 0xBF);
    return second && follows(2) ? 3 : 0;
  }
  if (is_between(lead, 0xF0, 0xF4)) {
    bool second = second_in(lead == 0xF0 ? 0x90 : 0x80, lead == 0xF4 ? 0x8F : 0xBF);
    return second && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}

std::size_t valid_prefix(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    std::size_t length = first_length(text.substr(at));
    if (length == 0) return at;
    at += length;
  }
  return at;
}

std::string_view cut(std::string_view text, std::size_t most) {
  text = text.substr(0, most);
  return text.substr(0, valid_prefix(text));
}

std::size_t count(std::string_view text) {
  std::size_t characters = 0;
  for (std::size_t at = 0; at < text.size(); ++characters) {
    std::size_t length = first_length(text.substr(at));
    at += length == 0 ? 1 : length;
  }
  return characters;
}

}  // namespace reeve::utf8
