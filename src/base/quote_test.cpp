#include "base/quote.hpp"

#include "base/utf8.hpp"

#include <gtest/gtest.h>

namespace reeve {
namespace {

TEST(Quoted, is_harmless_on_a_terminal_and_short) {
  EXPECT_EQ(quote("a \"b\" \\"), R"("a \"b\" \\")");
  EXPECT_EQ(quote("\x1b[31m\n\x7f"), R"("\x1b[31m\x0a\x7f")");
  EXPECT_EQ(quote("\xff中"), "\"\\xff中\"");
  EXPECT_EQ(quote(std::string(100, 'x')), "\"" + std::string(60, 'x') + "…\"");
}

TEST(Utf8, knows_what_rfc_3629_allows) {
  struct Case {
    std::string_view text;
    std::size_t valid;
  };
  const Case cases[] = {{"abc", 3},
                        {"é", 2},
                        {"中", 3},
                        {"😀", 4},
                        {"a\x80", 1},
                        {"\xC0\xAF", 0},
                        {"\xE0\x80\x80", 0},
                        {"\xED\xA0\x80", 0},
                        {"\xF0\x80\x80\x80", 0},
                        {"\xF4\x90\x80\x80", 0},
                        {"\xF5\x80\x80\x80", 0},
                        {"\xE4\xB8", 0},
                        {"x\xF0\x9F\x98", 1}};
  for (const Case& test : cases) EXPECT_EQ(utf8::valid_prefix(test.text), test.valid) << test.text;
  EXPECT_EQ(utf8::count("a中😀\xff"), 4u);
  EXPECT_EQ(utf8::cut("a中😀", 8), "a中😀");
  EXPECT_EQ(utf8::cut("a中😀", 7), "a中");
  EXPECT_EQ(utf8::cut("a中😀", 3), "a");
}

}  // namespace
}  // namespace reeve
