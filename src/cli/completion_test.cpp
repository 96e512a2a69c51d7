#include "cli/command.hpp"

#include <gtest/gtest.h>

namespace reeve::cli {
namespace {

class CompletionTest : public ::testing::Test {
 protected:
  CompletionTest() {
    Command root = tree.root();
    Command service = root.add("service", "services");
    service.add("delete", "delete one").alias("rm").argument("SERVICE", service_name, "its name");
    service.add("push", "push it")
        .argument("SERVICE", service_name, "its name")
        .option("--node", "NODE", nodes, "only to this one")
        .flag("--force", force, "even so");
    root.add("read", "read some").optional_arguments("UID", nodes, "which");
  }
  std::string words(const std::vector<std::string>& typed) {
    std::string all;
    for (const auto& one : tree.complete(typed).candidates) all += one.word + " ";
    return all;
  }
  std::string value(const std::vector<std::string>& typed) { return tree.complete(typed).value; }

  CommandTree tree{"reeve", "a tree"};
  std::string service_name;
  std::vector<std::string> nodes;
  bool force = false;
};

TEST_F(CompletionTest, offers_commands_where_one_is_due) {
  EXPECT_EQ(words({""}), "service read ");
  EXPECT_EQ(words({"service", ""}), "delete push ");
  EXPECT_EQ(tree.complete({""}).candidates[0].text, "services");
}

TEST_F(CompletionTest, says_which_value_an_argument_or_an_option_takes) {
  EXPECT_EQ(value({"service", "push", "p"}), "SERVICE");
  EXPECT_EQ(value({"service", "rm", ""}), "SERVICE");
  EXPECT_EQ(value({"service", "push", "pay", "--node", ""}), "NODE");
  EXPECT_EQ(value({"service", "push", "--node", "a", "--node", "b", ""}), "SERVICE");
  EXPECT_EQ(value({"service", "push", "pay", ""}), "");
  EXPECT_EQ(value({"service", "push", "--force", ""}), "SERVICE");
}

TEST_F(CompletionTest, goes_on_where_an_argument_may_be_repeated) {
  auto asked = tree.complete({"read", "a", "b", ""});

  EXPECT_EQ(asked.value, "UID");
  EXPECT_EQ(asked.given, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(asked.path, std::vector<std::string>{"read"});
}

TEST_F(CompletionTest, takes_a_value_that_is_glued_to_its_option) {
  auto asked = tree.complete({"service", "push", "--node=we"});

  EXPECT_EQ(asked.value, "NODE");
  EXPECT_EQ(asked.glue, "--node=");
}

TEST_F(CompletionTest, offers_options_after_a_dash_and_none_after_two_of_them) {
  EXPECT_NE(words({"service", "push", "-"}).find("--node --force"), std::string::npos);
  EXPECT_EQ(words({"service", "push", "--", "-"}), "");
  EXPECT_EQ(value({"service", "push", "--", "-"}), "SERVICE");
}

TEST_F(CompletionTest, of_what_nobody_knows_is_nothing) {
  EXPECT_EQ(value({"nothing", "--what", ""}), "");
  EXPECT_EQ(value({"service", "push", "--what=x"}), "");
}

}  // namespace
}  // namespace reeve::cli
