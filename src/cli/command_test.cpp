#include "cli/command.hpp"

#include "cli/session.hpp"

#include <gtest/gtest.h>

namespace reeve::cli {
namespace {

// A tree with `pet feed NAME [--much N] [--with FOOD]…` and `pet ls`.
class CommandTest : public testing::Test {
 protected:
  CommandTest() : tree("zoo", "A zoo.") {
    Command pet = tree.root().add("pet", "the animals");
    pet.add("ls", "list them").alias("list").client([](Session&) { return Answer{}; });
    Command feed = pet.add("feed", "give food");
    feed.argument("NAME", name, "whose")
        .option("--much", "N", much, "how much")
        .option("--with", "FOOD", foods, "what")
        .check([this] {
          return name == "lion" && foods.empty() ? fail(Errc::invalid, "lions are choosy")
                                                 : Result<>();
        })
        .client([](Session&) { return Answer{nullptr, "fed", false}; });
    feed.teach("Examples:\n  zoo pet feed rex");
  }

  Result<Parsed> parse(std::vector<const char*> words) {
    words.insert(words.begin(), "zoo");
    return tree.parse(static_cast<int>(words.size()), words.data());
  }
  std::string misuse(std::vector<const char*> words) {
    auto parsed = parse(std::move(words));
    return parsed ? "understood" : parsed.error().what;
  }

  std::string name;
  std::optional<std::uint64_t> much;
  std::vector<std::string> foods;
  CommandTree tree;
};

TEST_F(CommandTest, binds_arguments_and_options) {
  auto parsed = parse({"pet", "feed", "rex", "--much", "3", "--with", "hay", "--with=bread"});

  ASSERT_TRUE(parsed) << parsed.error().what;
  EXPECT_EQ(name, "rex");
  EXPECT_EQ(much, 3u);
  EXPECT_EQ(foods, (std::vector<std::string>{"hay", "bread"}));
  EXPECT_TRUE(parsed->action);
}

TEST_F(CommandTest, takes_the_global_options_before_and_after_the_command) {
  ASSERT_TRUE(parse({"--data", "/a", "pet", "ls", "--json"}));

  EXPECT_EQ(tree.globals().data, "/a");
  EXPECT_TRUE(tree.globals().json);
}

TEST_F(CommandTest, knows_aliases) { EXPECT_TRUE(parse({"pet", "list"})); }

TEST_F(CommandTest, says_which_word_it_does_not_know_and_what_may_be_meant) {
  EXPECT_EQ(misuse({"pte"}),
            "there is no command \"pte\" (did you mean \"pet\"?); see `zoo --help`");
  EXPECT_EQ(misuse({"pet", "eat"}),
            "there is no command \"eat\" (there are ls, feed); see `zoo pet --help`");
}

TEST_F(CommandTest, knows_what_other_programs_call_a_command) {
  EXPECT_EQ(misuse({"pet", "feed", "--help"}), "understood");
  tree.root().add("keeper", "the people").add("get", "show one").client([](Session&) {
    return Answer{};
  });

  EXPECT_EQ(misuse({"keeper", "describe"}),
            "there is no command \"describe\" (did you mean \"get\"?); see `zoo keeper --help`");
}

TEST_F(CommandTest, says_which_option_may_be_meant) {
  EXPECT_EQ(misuse({"pet", "feed", "rex", "--mcuh", "3"}),
            "there is no option \"--mcuh\" (did you mean \"--much\"?); see `zoo pet feed --help`");
  EXPECT_EQ(misuse({"pet", "ls", "rex"}),
            "expected no further argument, got \"rex\"; see `zoo pet ls --help`");
}

TEST_F(CommandTest, refuses_an_empty_name) {
  EXPECT_EQ(misuse({"pet", "feed", ""}),
            "NAME: expected a word, got \"\"; see `zoo pet feed --help`");
}

TEST_F(CommandTest, calls_the_fields_of_a_request_by_the_names_of_its_arguments) {
  auto parsed = parse({"pet", "feed", "rex"});

  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->argument_of("/name"), "NAME");
  EXPECT_EQ(parsed->argument_of("?much"), "--much");
  EXPECT_EQ(parsed->argument_of("/meals/0/with/3"), "--with");
  EXPECT_EQ(parsed->argument_of("/instances/0/port"), "/instances/0/port");
  EXPECT_EQ(parsed->argument_of(""), "");
}

TEST_F(CommandTest, shows_of_the_examples_above_those_of_the_command) {
  Command cage = tree.root().add("cage", "the houses");
  cage.teach(
      "Examples:\n  zoo cage open 1\n  zoo cage paint 1 \\\n      --red\n\nCages are locked.");
  cage.add("open", "open one").client([](Session&) { return Answer{}; });
  cage.add("paint", "paint one").client([](Session&) { return Answer{}; });

  auto open = parse({"cage", "open", "--help"});
  auto paint = parse({"cage", "help"});

  ASSERT_TRUE(open);
  EXPECT_TRUE(open->help.ends_with("Examples:\n  zoo cage open 1\n\nCages are locked.\n"))
      << open->help;
  ASSERT_TRUE(paint);
  EXPECT_NE(paint->help.find("zoo cage paint 1 \\\n      --red"), std::string::npos) << paint->help;
}

TEST_F(CommandTest, says_what_is_missing_and_where_the_help_is) {
  EXPECT_EQ(misuse({}), "`zoo` needs a command; see `zoo --help`");
  EXPECT_EQ(misuse({"pet"}), "`zoo pet` needs a command; see `zoo pet --help`");
  EXPECT_EQ(misuse({"pet", "feed"}), "NAME is required; see `zoo pet feed --help`");
}

TEST_F(CommandTest, refuses_what_it_was_not_asked_for) {
  EXPECT_NE(misuse({"pet", "ls", "--fast"}).find("--fast"), std::string::npos);
  EXPECT_NE(misuse({"pet", "ls", "more"}).find("more"), std::string::npos);
  EXPECT_NE(misuse({"pet", "feed", "rex", "--fast"}).find("--fast"), std::string::npos);
  EXPECT_NE(misuse({"pet", "feed", "rex", "--much", "lots"}).find("lots"), std::string::npos);
  EXPECT_NE(misuse({"pet", "feed", "rex", "--much", "-1"}).find("-1"), std::string::npos);
  EXPECT_EQ(misuse({"pet", "feed", "rex", "--much"}),
            "--much needs a value; see `zoo pet feed --help`");
}

TEST_F(CommandTest, takes_a_broken_rule_for_misuse) {
  EXPECT_EQ(misuse({"pet", "feed", "lion"}), "lions are choosy; see `zoo pet feed --help`");
}

TEST_F(CommandTest, teaches_each_command_in_its_help) {
  auto parsed = parse({"pet", "feed", "--help"});

  ASSERT_TRUE(parsed);
  EXPECT_NE(parsed->help.find("Usage: zoo pet feed"), std::string::npos) << parsed->help;
  EXPECT_NE(parsed->help.find("--much N"), std::string::npos) << parsed->help;
  EXPECT_NE(parsed->help.find("zoo pet feed rex"), std::string::npos) << parsed->help;
  EXPECT_NE(parsed->help.find("--json"), std::string::npos) << parsed->help;
}

}  // namespace
}  // namespace reeve::cli
