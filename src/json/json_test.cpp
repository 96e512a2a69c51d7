#include "json/json.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace reeve::json {
namespace {

std::string problem_of(std::string_view text, const Limits& limits = {}) {
  Result<Value> value = parse(text, limits);
  return value ? "accepted: " + serialize(*value) : value.error().what;
}

TEST(JsonParse, reads_what_it_writes) {
  for (std::string_view text :
       {"null", "true", "[]", "{}", "[1,-2,3.5,\"x\"]", R"({"a":{"b":[{"c":null}]},"d":""})",
        "18446744073709551615", "-9223372036854775808", "1e+300", "0.1", "5e-324", "-0.0",
        R"("\"\\\n\r\t\u0001")", "\"中文 😀\""}) {
    Result<Value> value = parse(text);
    ASSERT_TRUE(value) << text << ": " << value.error().what;
    EXPECT_EQ(serialize(*value), text);
  }
}

TEST(JsonParse, takes_escapes_and_white_space) {
  EXPECT_EQ(*parse(" [ \"\\u00e9\\ud83d\\ude00\\/\" ]\n"), (Value{"é😀/"}));
}

TEST(JsonParse, says_where_and_what_is_wrong) {
  struct Case {
    std::string_view text;
    std::string_view what;
  };
  const Case cases[] = {
      {"", "line 1, column 1: expected more: the JSON text ends too early"},
      {"{\"a\":\n tru}", "line 2, column 2: expected JSON, got \"tru}\""},
      {"[1,]", "line 1, column 4: expected JSON, got \"]\""},
      {"[1] x", "line 1, column 5: expected nothing after the value, got \"x\""},
      {"{'a':1}", "line 1, column 2: expected JSON, got \"'a':1}\""},
      {"[01]", "line 1, column 3: expected JSON, got \"1]\""},
      {"// no\n1", "line 1, column 1: expected JSON, got \"// no\\x0a1\""},
      {"\"a\xff\"", "line 1, column 3: expected UTF-8, got the byte \\xff"},
      {"[\"\xed\xa0\x80\"]", "line 1, column 3: expected UTF-8, got the byte \\xed"},
      {"[1e999]", "line 1, column 7: expected a number that a double can hold, got \"1e999\""},
      {"NaN", "line 1, column 1: expected JSON, got \"NaN\""},
  };
  for (const Case& test : cases) EXPECT_EQ(problem_of(test.text), test.what) << test.text;
}

TEST(JsonParse, refuses_lone_surrogates_and_raw_control_characters) {
  EXPECT_FALSE(parse(R"("\ud800")"));
  EXPECT_FALSE(parse(R"("\udc00x")"));
  EXPECT_FALSE(parse("\"a\nb\""));
  EXPECT_FALSE(parse(std::string_view("\"a\0b\"", 5)));
}

TEST(JsonParse, refuses_a_key_given_twice_and_names_its_place) {
  Result<Value> value = parse(R"({"a/b":[0,{"x":{},"c":1,"d":{"e":2},"c":3}]})");

  ASSERT_FALSE(value);
  EXPECT_EQ(value.error().field, "/a~1b/1/c");
  EXPECT_NE(value.error().what.find("the key \"c\" is given twice"), std::string::npos);
  EXPECT_FALSE(parse("{\"a\":1,\"\\u0061\":2}"));
  EXPECT_TRUE(parse(R"({"a":{"a":1},"b":{"a":1}})"));
}

TEST(JsonParse, bounds_depth_without_touching_the_stack) {
  std::string arrays(10'000, '[');
  std::string objects;
  for (int i = 0; i < 10'000; ++i) objects += "{\"a\":";

  EXPECT_EQ(problem_of(arrays),
            "line 1, column 65: expected at most 64 levels of arrays and objects");
  EXPECT_NE(problem_of(objects).find("at most 64 levels"), std::string::npos);
  EXPECT_TRUE(parse(std::string(64, '[') + std::string(64, ']')));
  EXPECT_FALSE(parse(std::string(65, '[') + std::string(65, ']')));
}

TEST(JsonParse, bounds_bytes) {
  Result<Value> value = parse("[1,2,3]", {.bytes = 6});

  ASSERT_FALSE(value);
  EXPECT_EQ(value.error().code, Errc::too_large);
  EXPECT_EQ(value.error().what, "expected at most 6 bytes of JSON, got 7");
}

TEST(JsonParse, reads_doubles_to_the_last_bit) {
  for (double number : {0.1, 1.7976931348623157e308, 2.2250738585072014e-308, 123456789.123456789,
                        3.141592653589793, 6.02214076e23})
    EXPECT_EQ(parse(serialize(number))->as_double(), number);
  EXPECT_EQ(parse("1e-999")->as_double(), 0.0);
}

TEST(JsonSerialize, writes_what_json_cannot_hold_as_null_or_replacement) {
  EXPECT_EQ(serialize(std::numeric_limits<double>::infinity()), "null");
  EXPECT_EQ(serialize(std::numeric_limits<double>::quiet_NaN()), "null");
  EXPECT_EQ(serialize("a\xff\xc3"), "\"a\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

TEST(JsonSerialize, writes_prettily_for_people) {
  EXPECT_EQ(
      serialize_pretty(*parse(R"({"a":[1,{"b":2}],"c":{},"d":[]})")),
      "{\n  \"a\": [\n    1,\n    {\n      \"b\": 2\n    }\n  ],\n  \"c\": {},\n  \"d\": []\n}\n");
}

}  // namespace
}  // namespace reeve::json
