#include "cli/terminal/table.hpp"

#include <gtest/gtest.h>

namespace reeve::cli {
namespace {

Terminal wide(std::size_t width) { return {true, false, width, 24}; }

Table people() {
  Table table{"NAME", {"AGE", Align::right}, "TOWN"};
  table.add({"li", "7", "Beijing"});
  table.add({"alexandra", "41", "Ulm"});
  return table;
}

TEST(Table, gives_each_column_the_width_of_its_widest_cell) {
  EXPECT_EQ(people().text({}),
            "NAME       AGE  TOWN\n"
            "li           7  Beijing\n"
            "alexandra   41  Ulm\n");
}

TEST(Table, cuts_the_widest_column_to_fit_the_terminal) {
  EXPECT_EQ(people().text(wide(22)),
            "NAME       AGE  TOWN\n"
            "li           7  Beiji…\n"
            "alexandra   41  Ulm\n");
}

TEST(Table, says_whom_a_row_is_about_before_it_says_the_rest) {
  EXPECT_EQ(people().text(wide(20)),
            "NAME       AGE\n"
            "li           7\n"
            "alexandra   41\n");
  EXPECT_EQ(people().text(wide(12)),
            "NAME     AGE\n"
            "li         7\n"
            "alexan…   41\n");
}

Table services() {
  Table table{"NAME",
              {"REVISION", Align::right},
              {"CHANGED", Worth::extra},
              "DESCRIPTION",
              {"ERROR", Worth::always}};
  table.add({"payments", "1234567", "3 weeks ago", "who pays what to whom", "disk is full"});
  return table;
}

TEST(Table, leaves_out_columns_of_least_worth_before_it_cuts_the_others_beyond_reading) {
  EXPECT_EQ(services().text(wide(66)),
            "NAME      REVISION  CHANGED      DESCRIPTION          ERROR\n"
            "payments   1234567  3 weeks ago  who pays what to w…  disk is full\n");
  EXPECT_EQ(services().text(wide(50)),
            "NAME      REVISION  DESCRIPTION       ERROR\n"
            "payments   1234567  who pays what t…  disk is full\n");
  EXPECT_EQ(services().text(wide(30)),
            "NAME      REVISION  ERROR\n"
            "payments   1234567  disk is f…\n");
}

TEST(Table, never_cuts_an_id) {
  Table table{{"UID", Worth::id}, {"WHAT", Worth::always}};
  table.add({"18ea9845ae426ff4", "a push of the service pay"});

  EXPECT_EQ(table.text(wide(26)), "UID               WHAT\n18ea9845ae426ff4  a push …\n");
}

TEST(Table, never_cuts_a_number_and_keeps_what_always_counts) {
  auto text = services().text(wide(12));

  EXPECT_EQ(text.find("1234…"), std::string::npos);
  EXPECT_NE(text.find("ERROR"), std::string::npos);
}

TEST(Table, has_a_rare_column_only_where_a_row_says_something_in_it) {
  Table table{"NAME", {"HOOK", Worth::rare}, "STATE"};
  table.add({"a", "-", "up"});
  EXPECT_EQ(table.text({}), "NAME  STATE\na     up\n");

  table.add({"b", "exit 1", "up"});
  EXPECT_EQ(table.text({}),
            "NAME  HOOK    STATE\n"
            "a     -       up\n"
            "b     exit 1  up\n");
}

TEST(Table, leaves_out_what_says_nothing_where_there_is_no_room) {
  Table table{"NAME", "LABELS", "WHY"};
  table.add({"payments", "-", "held by li: broken"});

  EXPECT_EQ(table.text(wide(28)), "NAME      WHY\npayments  held by li: broken\n");
  EXPECT_NE(table.text({}).find("LABELS"), std::string::npos);
}

TEST(Table, cuts_nothing_where_there_is_no_terminal) {
  Table table{"TEXT"};
  table.add({std::string(500, 'x')});

  EXPECT_NE(table.text({}).find(std::string(500, 'x')), std::string::npos);
}

TEST(Table, counts_two_cells_for_a_chinese_character) {
  Table table{"NAME", "STATE"};
  table.add({"支付", "up"});
  table.add({"pay", "down"});

  EXPECT_EQ(table.text({}),
            "NAME  STATE\n"
            "支付  up\n"
            "pay   down\n");
}

TEST(Table, colours_words_and_not_the_blanks_beside_them) {
  Table table{"A", "B"};
  table.add({Cell("no", Tone::bad), "x"});
  table.add({"fine", "y"});

  EXPECT_EQ(table.text({true, true, 80, 24}),
            "\033[1mA\033[0m     \033[1mB\033[0m\n"
            "\033[31mno\033[0m    x\n"
            "fine  y\n");
}

TEST(Table, lets_no_cell_break_its_line_or_speak_to_the_terminal) {
  Table table{"A"};
  table.add({"one\ntwo\033[31m"});

  EXPECT_EQ(table.text({}), "A\none two?[31m\n");
}

TEST(Terminal, measures_ascii_chinese_and_combining_marks) {
  EXPECT_EQ(display_width("pay"), 3u);
  EXPECT_EQ(display_width("支付"), 4u);
  EXPECT_EQ(display_width("e\xCC\x81"), 1u);
  EXPECT_EQ(display_width(""), 0u);
}

TEST(Terminal, shortens_between_characters_and_never_over_the_width) {
  EXPECT_EQ(shortened("payment", 7), "payment");
  EXPECT_EQ(shortened("payment", 4), "pay…");
  EXPECT_EQ(shortened("支付宝", 4), "支…");
  EXPECT_EQ(shortened("payment", 0), "");
}

TEST(Terminal, shows_what_is_not_utf8_as_question_marks) {
  EXPECT_EQ(printable("a\xFF\x7F b"), "a?? b");
  EXPECT_EQ(printable("\xC2\x9B"), "?");  // CSI as one character
  EXPECT_EQ(printable("支付"), "支付");
}

}  // namespace
}  // namespace reeve::cli
