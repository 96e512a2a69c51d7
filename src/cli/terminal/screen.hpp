// A view that is drawn over and over in one place: a terminal's other screen, which is left again
// with the object, so that nothing of it stays among what was there before. One thread.
#pragma once

#include "cli/terminal/terminal.hpp"

#include <string>
#include <string_view>

namespace reeve::cli {

class Screen {
 public:
  /// Takes the terminal that stdout is.
  Screen();
  ~Screen();
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  /// The lines that fit above the last one of the terminal, which is `footer`.
  void show(std::string_view text, std::string_view footer, const Terminal& terminal);
};

/// What show() writes. Pure.
std::string drawing(std::string_view text, std::string_view footer, const Terminal& terminal);

}  // namespace reeve::cli
