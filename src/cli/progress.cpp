#include "cli/progress.hpp"

#include <cstdio>

namespace reeve::cli {

namespace {

using namespace std::chrono_literals;

constexpr Duration kQuiet = 1s;  // what is done by then needs no progress
constexpr Duration kEvery = 2s;
constexpr const char* kClearLine = "\r\033[K";

}  // namespace

Progress::Progress(const Session& session)
    : session_(session),
      is_silent_(session.globals().json),
      next_(session.clock().now() + kQuiet) {}

Progress::~Progress() {
  if (has_line_) std::fputs(kClearLine, stderr);
}

void Progress::show(const std::string& text) {
  if (is_silent_ || text == last_) return;
  const Terminal& terminal = session_.err();
  if (terminal.is_terminal) {
    std::fprintf(stderr, "%s%s", kClearLine, shortened(text, terminal.width - 1).c_str());
    has_line_ = true;
  } else {
    auto now = session_.clock().now();
    if (now < next_) return;
    next_ = now + kEvery;
    std::fprintf(stderr, "%s\n", text.c_str());
  }
  last_ = text;
}

}  // namespace reeve::cli
