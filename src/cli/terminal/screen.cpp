#include "cli/terminal/screen.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cstdio>

namespace reeve::cli {

namespace {

// xterm's control sequences (ctlseqs): the other screen, no cursor, no wrapping of long lines.
constexpr std::string_view kEnter = "\033[?1049h\033[?25l\033[?7l";
constexpr std::string_view kLeave = "\033[?7h\033[?25h\033[?1049l";
constexpr std::string_view kHome = "\033[H";
constexpr std::string_view kClearLine = "\033[K";
constexpr std::string_view kClearBelow = "\033[J";

// A terminal that is gone takes nothing, and then nobody looks.
void write(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

}  // namespace

std::string drawing(std::string_view text, std::string_view footer, const Terminal& terminal) {
  std::size_t room = terminal.height > 2 ? terminal.height - 2 : 1;  // a blank line, and the footer
  auto lines = static_cast<std::size_t>(std::ranges::count(text, '\n'));
  std::size_t shown = lines > room ? room - 1 : lines;
  std::string out(kHome);
  for (std::size_t i = 0; i < shown; ++i) {
    auto end = text.find('\n');
    out.append(text.substr(0, end)).append(kClearLine).append("\r\n");
    text.remove_prefix(end + 1);
  }
  if (shown < lines) out += fmt::format("… {} more lines{}\r\n", lines - shown, kClearLine);
  out.append(kClearLine).append("\r\n");
  out += paint(shortened(footer, terminal.width), Tone::faint, terminal);
  return out.append(kClearLine).append(kClearBelow);
}

Screen::Screen() { write(kEnter); }

Screen::~Screen() { write(kLeave); }

void Screen::show(std::string_view text, std::string_view footer, const Terminal& terminal) {
  write(drawing(text, footer, terminal));
}

}  // namespace reeve::cli
