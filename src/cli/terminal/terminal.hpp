// What the output goes to: how wide it is, whether it shows colours, and how wide a text is on it.
// Plain values and pure functions, but for detect(); any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace reeve::cli {

struct Terminal {
  bool is_terminal = false;
  bool has_colours = false;
  std::size_t width = 0;   // in cells; 0: no limit
  std::size_t height = 0;  // in lines; 0: no limit

  /// Asks the system about a file descriptor; heeds NO_COLOR, TERM=dumb and COLUMNS.
  static Terminal detect(int fd);
};

/// What a word means to the reader; a colour where there are colours.
enum class Tone { plain, strong, faint, good, warning, bad };

std::string paint(std::string_view text, Tone tone, const Terminal& terminal);

/// How many cells the UTF-8 text takes: CJK two, combining marks none.
std::size_t display_width(std::string_view text);

/// The text in at most `width` cells, cut with "…".
std::string shortened(std::string_view text, std::size_t width);

/// The text harmless on a terminal: line feeds and tabs as a space, other control characters and
/// bytes that are not UTF-8 as "?".
std::string printable(std::string_view text);

}  // namespace reeve::cli
