#include "base/duration.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace reeve {
namespace {

using namespace std::chrono_literals;

TEST(Duration, reads_its_text_form) {
  struct Case {
    std::string_view text;
    Duration duration;
  };
  const Case cases[] = {{"1m30s", 90s}, {"250ms", 250ms}, {"1h", 1h},
                        {"2d12h", 60h}, {"90s", 90s},     {"0", 0s},
                        {"0s", 0s},     {"-5s", -5s},     {"1s1us1ns", 1'000'001'001ns},
                        {"007s", 7s}};
  for (const Case& test : cases) {
    Result<Duration> duration = parse_duration(test.text);
    ASSERT_TRUE(duration) << test.text;
    EXPECT_EQ(*duration, test.duration) << test.text;
  }
}

TEST(Duration, refuses_all_else) {
  for (std::string_view text :
       {"", "-", "5", "s", "1.5s", "1x", "1s1m", "1s1s", "+1s", "1 s", " 1s", "1s ", "--1s", "1S",
        "99999999999999999999s", "300000d", "1s-1ms"})
    EXPECT_FALSE(parse_duration(text)) << text;
  EXPECT_EQ(parse_duration("ten").error().what,
            "expected a duration such as \"1m30s\" or \"250ms\", got \"ten\"");
}

TEST(Duration, writes_canonically) {
  EXPECT_EQ(format_duration(0s), "0s");
  EXPECT_EQ(format_duration(36h), "36h");
  EXPECT_EQ(format_duration(90s), "1m30s");
  EXPECT_EQ(format_duration(-1500ms), "-1s500ms");
  EXPECT_EQ(*parse_duration(format_duration(Duration::min())), Duration::min());
  EXPECT_EQ(*parse_duration(format_duration(Duration::max())), Duration::max());
}

RC_GTEST_PROP(Duration, reads_back_what_it_writes, (std::int64_t nanoseconds)) {
  RC_ASSERT(*parse_duration(format_duration(Duration(nanoseconds))) == Duration(nanoseconds));
}

}  // namespace
}  // namespace reeve
