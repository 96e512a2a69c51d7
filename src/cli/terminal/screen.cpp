#include "cli/terminal/screen.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cstdio>
#include <vector>

namespace reeve::cli {

namespace {

// xterm's control sequences (ctlseqs): the other screen, no cursor.
constexpr std::string_view kEnter = "\033[?1049h\033[?25l";
constexpr std::string_view kLeave = "\033[?25h\033[?1049l";
constexpr std::string_view kHome = "\033[H";
constexpr std::string_view kClearLine = "\033[K";
constexpr std::string_view kClearBelow = "\033[J";

// A terminal that is gone takes nothing, and then nobody looks.
void write(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

// Colours take no room: ESC [ … m.
std::size_t visible_width(std::string_view line) {
  std::size_t width = 0;
  for (auto escape = line.find('\033'); escape != line.npos; escape = line.find('\033')) {
    width += display_width(line.substr(0, escape));
    auto end = line.find('m', escape);
    line.remove_prefix(end == line.npos ? line.size() : end + 1);
  }
  return width + display_width(line);
}

// How many lines of the terminal it takes, which goes on in the next one by itself.
std::size_t rows_of(std::string_view line, const Terminal& terminal) {
  if (terminal.width == 0) return 1;
  return std::max<std::size_t>(1, (visible_width(line) + terminal.width - 1) / terminal.width);
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    auto end = text.find('\n');
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
  }
  return lines;
}

/// How many of the lines fit into so many rows; one row is for the word on the others, if there
/// are.
std::size_t fitting(const std::vector<std::string_view>& lines, std::size_t room,
                    const Terminal& terminal) {
  std::size_t used = 0;
  std::size_t with_word = 0;  // as many as fit beside that word
  for (std::size_t i = 0; i < lines.size(); ++i) {
    used += rows_of(lines[i], terminal);
    if (used > room) return with_word;
    if (used < room) with_word = i + 1;
  }
  return lines.size();
}

}  // namespace

std::string drawing(std::string_view text, std::string_view footer, const Terminal& terminal) {
  std::size_t room = terminal.height > 2 ? terminal.height - 2 : 1;  // a blank line, and the footer
  auto lines = lines_of(text);
  auto shown = fitting(lines, room, terminal);
  std::string out(kHome);
  for (std::size_t i = 0; i < shown; ++i) out.append(lines[i]).append(kClearLine).append("\n");
  if (shown < lines.size())
    out += fmt::format("… {} more lines{}\n", lines.size() - shown, kClearLine);
  out.append(kClearLine).append("\n");
  out += paint(shortened(footer, terminal.width), Tone::faint, terminal);
  return out.append(kClearLine).append(kClearBelow);
}

Screen::Screen() { write(kEnter); }

Screen::~Screen() { write(kLeave); }

void Screen::show(std::string_view text, std::string_view footer, const Terminal& terminal) {
  write(drawing(text, footer, terminal));
}

}  // namespace reeve::cli
