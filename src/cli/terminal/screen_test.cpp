#include "cli/terminal/screen.hpp"

#include <gtest/gtest.h>

namespace reeve::cli {
namespace {

TEST(Screen, draws_each_line_over_what_was_there_and_the_footer_below) {
  EXPECT_EQ(drawing("a\nb\n", "end", {true, false, 80, 24}),
            "\033[Ha\033[K\nb\033[K\n\033[K\nend\033[K\033[J");
}

TEST(Screen, counts_the_rows_of_a_line_that_is_longer_than_the_terminal) {
  EXPECT_EQ(drawing("abcdef\n\033[31mgh\033[0m\nij\n", "", {true, false, 4, 6}),
            "\033[Habcdef\033[K\n\033[31mgh\033[0m\033[K\nij\033[K\n\033[K\n\033[K\033[J");
  EXPECT_EQ(drawing("abcdef\ngh\nij\n", "", {true, false, 4, 5}),
            "\033[Habcdef\033[K\n… 2 more lines\033[K\n\033[K\n\033[K\033[J");
}

TEST(Screen, says_how_much_does_not_fit) {
  EXPECT_EQ(drawing("a\nb\nc\nd\n", "end", {true, false, 80, 5}),
            "\033[Ha\033[K\nb\033[K\n… 2 more lines\033[K\n\033[K\nend\033[K\033[J");
}

}  // namespace
}  // namespace reeve::cli
