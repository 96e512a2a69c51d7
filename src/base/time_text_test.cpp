#include "base/time_text.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace reeve {
namespace {

TEST(TimeText, reads_rfc_3339_with_any_offset) {
  struct Case {
    std::string_view text, utc;
  };
  const Case cases[] = {{"2026-01-02T03:04:05.678Z", "2026-01-02T03:04:05.678Z"},
                        {"2026-01-02T03:04:05Z", "2026-01-02T03:04:05.000Z"},
                        {"2026-01-02t03:04:05.1z", "2026-01-02T03:04:05.100Z"},
                        {"2026-01-02T03:04:05+08:00", "2026-01-01T19:04:05.000Z"},
                        {"2024-02-29T23:59:59.999999999-00:30", "2024-03-01T00:29:59.999999999Z"},
                        {"1969-12-31T23:59:59.9999Z", "1969-12-31T23:59:59.999900Z"},
                        {"1678-01-01T00:00:00Z", "1678-01-01T00:00:00.000Z"},
                        {"2261-12-31T23:59:59Z", "2261-12-31T23:59:59.000Z"}};
  for (const Case& test : cases) {
    Result<WallTime> time = parse_time(test.text);
    ASSERT_TRUE(time) << test.text;
    EXPECT_EQ(format_time(*time), test.utc);
  }
}

TEST(TimeText, refuses_all_else) {
  for (std::string_view text :
       {"", "2026", "2026-01-02", "2026-01-02T03:04:05", "2026-1-02T03:04:05Z",
        "2026-13-02T03:04:05Z", "2026-02-29T03:04:05Z", "2026-01-02T24:00:00Z",
        "2026-01-02T03:60:05Z", "2026-01-02T03:04:60Z", "2026-01-02T03:04:05.Z",
        "2026-01-02T03:04:05.0123456789Z", "2026-01-02T03:04:05Zx", "2026-01-02T03:04:05+0800",
        "1677-01-01T00:00:00Z", "2262-01-01T00:00:00Z", "0000-00-00T00:00:00Z",
        "2026-01-02T03:04:05+24:00", "-026-01-02T03:04:05Z"})
    EXPECT_FALSE(parse_time(text)) << text;
}

RC_GTEST_PROP(TimeText, reads_back_what_it_writes, (std::int64_t nanoseconds)) {
  WallTime time{Duration(nanoseconds)};

  RC_ASSERT(*parse_time(format_time(time)) == time);
}

}  // namespace
}  // namespace reeve
