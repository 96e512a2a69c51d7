#include "cli/terminal/terminal.hpp"

#include "base/utf8.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <charconv>
#include <clocale>
#include <cstdlib>
#include <cwchar>
#include <optional>

namespace reeve::cli {

namespace {

std::size_t terminal_width(int fd) {
  if (const char* columns = std::getenv("COLUMNS")) {
    std::string_view text(columns);
    std::size_t width = 0;
    auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), width);
    if (problem == std::errc{} && end == text.data() + text.size() && width > 0) return width;
  }
  winsize size{};
  if (::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

std::size_t terminal_height(int fd) {
  winsize size{};
  return ::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 ? size.ws_row : 24;
}

bool wants_colours() {
  const char* refused = std::getenv("NO_COLOR");
  if (refused && *refused) return false;
  const char* kind = std::getenv("TERM");
  return kind && std::string_view(kind) != "dumb";
}

std::string_view escape_of(Tone tone) {
  switch (tone) {
    case Tone::plain: return "";
    case Tone::strong: return "\033[1m";
    case Tone::faint: return "\033[2m";
    case Tone::good: return "\033[32m";
    case Tone::warning: return "\033[33m";
    case Tone::bad: return "\033[31m";
  }
  return "";
}

// The length of the character at the start, 1 for a byte that is none.
std::size_t step(std::string_view text) {
  std::size_t length = utf8::first_length(text);
  return length == 0 ? 1 : length;
}

wchar_t code_point(std::string_view character) {
  auto byte = [&](std::size_t i) { return static_cast<unsigned char>(character[i]); };
  if (character.size() == 1) return byte(0);
  int mask = character.size() == 2 ? 0x1F : character.size() == 3 ? 0x0F : 0x07;
  int point = byte(0) & mask;
  for (std::size_t i = 1; i < character.size(); ++i) point = (point << 6) | (byte(i) & 0x3F);
  return point;
}

// wcwidth(3) asks the thread's locale; the user's may be "C", which knows no width but ASCII's.
int width_of(std::string_view character) {
  static const locale_t utf8_locale = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  if (character.size() == 1 || !utf8_locale) return 1;
  locale_t before = ::uselocale(utf8_locale);
  int width = ::wcwidth(code_point(character));
  ::uselocale(before);
  return width < 0 ? 1 : width;
}

}  // namespace

Terminal Terminal::detect(int fd) {
  Terminal terminal;
  terminal.is_terminal = ::isatty(fd) == 1;
  if (!terminal.is_terminal) return terminal;
  terminal.width = terminal_width(fd);
  terminal.height = terminal_height(fd);
  terminal.has_colours = wants_colours();
  return terminal;
}

std::string paint(std::string_view text, Tone tone, const Terminal& terminal) {
  if (!terminal.has_colours || tone == Tone::plain) return std::string(text);
  return std::string(escape_of(tone)).append(text).append("\033[0m");
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    std::size_t length = step(text);
    width += static_cast<std::size_t>(width_of(text.substr(0, length)));
    text.remove_prefix(length);
  }
  return width;
}

std::string shortened(std::string_view text, std::size_t width) {
  if (display_width(text) <= width) return std::string(text);
  if (width == 0) return "";
  std::string kept;
  std::size_t taken = 0;
  while (!text.empty()) {
    std::string_view character = text.substr(0, step(text));
    taken += static_cast<std::size_t>(width_of(character));
    if (taken > width - 1) break;
    kept += character;
    text.remove_prefix(character.size());
  }
  return kept + "…";
}

std::string printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    std::size_t length = utf8::first_length(text);
    std::string_view character = text.substr(0, length == 0 ? 1 : length);
    auto first = static_cast<unsigned char>(character[0]);
    bool is_control =
        first < 0x20 || first == 0x7F ||
        (first == 0xC2 && character.size() == 2 && static_cast<unsigned char>(character[1]) < 0xA0);
    if (first == '\n' || first == '\t')
      out += ' ';
    else if (length == 0 || is_control)
      out += '?';
    else
      out += character;
    text.remove_prefix(character.size());
  }
  return out;
}

}  // namespace reeve::cli
