#include "cli/terminal/screen.hpp"

#include <gtest/gtest.h>

namespace reeve::cli {
namespace {

TEST(Screen, draws_each_line_over_what_was_there_and_the_footer_below) {
  EXPECT_EQ(drawing("a\nb\n", "end", {true, false, 80, 24}),
            "\033[Ha\033[K\r\nb\033[K\r\n\033[K\r\nend\033[K\033[J");
}

TEST(Screen, says_how_much_does_not_fit) {
  EXPECT_EQ(drawing("a\nb\nc\nd\n", "end", {true, false, 80, 5}),
            "\033[Ha\033[K\r\nb\033[K\r\n… 2 more lines\033[K\r\n\033[K\r\nend\033[K\033[J");
}

}  // namespace
}  // namespace reeve::cli
