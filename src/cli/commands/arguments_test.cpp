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

}  // namespace
}  // namespace reeve::cli
