#include "cli/commands/arguments.hpp"

#include <gtest/gtest.h>

namespace reeve::cli {
namespace {

TEST(Arguments, read_pairs_at_the_first_equals_sign) {
  auto pairs = parse_pairs({"idc=bj", "url=a=b", "empty="});

  ASSERT_TRUE(pairs);
  EXPECT_EQ(pairs->at("url"), "a=b");
  EXPECT_EQ(pairs->at("empty"), "");
  EXPECT_FALSE(parse_pairs({"idc"}));
  EXPECT_FALSE(parse_pairs({"=bj"}));
  EXPECT_FALSE(parse_pairs({"a=1", "a=2"}));
}

TEST(Arguments, read_label_edits_as_a_merge_patch) {
  auto edits = parse_label_edits({"idc=bj", "rack-", "x-=1"});

  ASSERT_TRUE(edits);
  EXPECT_EQ(json::serialize(*edits), R"({"rack":null,"idc":"bj","x-":"1"})");
  EXPECT_FALSE(parse_label_edits({"idc"}));
  EXPECT_FALSE(parse_label_edits({"a=1", "a-"}));
}

TEST(SplitCommand, splits_at_blanks_and_quotes) {
  using Words = std::vector<std::string>;
  EXPECT_EQ(split_command("/usr/sbin/nginx -s  reload"),
            (Words{"/usr/sbin/nginx", "-s", "reload"}));
  EXPECT_EQ(split_command(R"(/bin/x 'a b' "c \"d\"" e\ f "" g'h'i)"),
            (Words{"/bin/x", "a b", "c \"d\"", "e f", "", "ghi"}));
  EXPECT_EQ(split_command("/bin/x '$HOME; |'"), (Words{"/bin/x", "$HOME; |"}));
}

TEST(SplitCommand, refuses_what_needs_a_shell_or_does_not_end) {
  for (const char* text :
       {"/bin/x | y", "/bin/x $HOME", "/bin/x; y", "/bin/x 'a", "/bin/x \\", " "})
    EXPECT_FALSE(split_command(text)) << text;
}

}  // namespace
}  // namespace reeve::cli
