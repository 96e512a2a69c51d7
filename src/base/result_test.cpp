#include "base/result.hpp"

#include <gtest/gtest.h>

#include <charconv>
#include <memory>
#include <string>
#include <string_view>

namespace reeve {
namespace {

Result<int> parse_port(std::string_view text) {
  int port = 0;
  auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), port);
  bool whole = code == std::errc{} && end == text.data() + text.size();
  if (!whole || port < 1 || port > 65535)
    return fail(Errc::invalid, "port must be 1-65535, got \"{}\"", text);
  return port;
}

Result<int> next_port(std::string_view text) {
  TRY_ASSIGN(int port, parse_port(text), "in listen address");
  return port + 1;
}

Result<> check_both(std::string_view first, std::string_view second) {
  TRY(parse_port(first));
  TRY(parse_port(second), "in \"{}\" after \"{}\"", "second", first);
  return {};
}

TEST(Result, holds_the_value_or_says_what_was_expected) {
  EXPECT_EQ(parse_port("80"), 80);
  EXPECT_EQ(parse_port("80x").error().what, "port must be 1-65535, got \"80x\"");
  EXPECT_EQ(parse_port("0").error().code, Errc::invalid);
}

TEST(Try, binds_the_value_and_goes_on) { EXPECT_EQ(next_port("80"), 81); }

TEST(Try, passes_the_error_up_with_what_the_caller_was_doing) {
  EXPECT_EQ(next_port("x").error().what, "in listen address: port must be 1-65535, got \"x\"");
  EXPECT_EQ(check_both("80", "x").error().what,
            "in \"second\" after \"80\": port must be 1-65535, got \"x\"");
}

TEST(Try, without_context_passes_the_error_up_as_it_is) {
  EXPECT_EQ(check_both("x", "80").error().what, "port must be 1-65535, got \"x\"");
  EXPECT_TRUE(check_both("80", "81"));
}

Result<std::unique_ptr<int>> make_box() { return std::make_unique<int>(7); }

Result<int> open_box() {
  TRY_ASSIGN(auto box, make_box());
  return *box;
}

TEST(Try, moves_what_cannot_be_copied) { EXPECT_EQ(open_box(), 7); }

TEST(Fail, about_a_field_is_also_the_first_fault) {
  Result<> result =
      fail_at("/instances/0/weight", Errc::invalid, "weight must be 0-100, got {}", 101);

  const Error& error = result.error();
  EXPECT_EQ(error.field, "/instances/0/weight");
  ASSERT_EQ(error.faults.size(), 1U);
  EXPECT_EQ(error.faults[0].code, "invalid");
  EXPECT_EQ(error.faults[0].message, "weight must be 0-100, got 101");
  EXPECT_EQ(error.faults[0].field, "/instances/0/weight");
}

}  // namespace
}  // namespace reeve
