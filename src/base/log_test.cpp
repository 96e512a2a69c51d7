#include "base/log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>

namespace reeve::log {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::MatchesRegex;

/// What `logging` sends to standard error; the log is as before afterwards.
std::string lines(Level lowest, Format format, const std::function<void()>& logging) {
  testing::internal::CaptureStderr();
  set_up(lowest, format);
  logging();
  flush();
  set_up(Level::warning, Format::text);
  return testing::internal::GetCapturedStderr();
}

TEST(Log, a_line_of_text_is_time_level_event_and_fields) {
  auto line = lines(Level::info, Format::text, [] {
    info("agent connected", {{"node", "web-1"}, {"version", 42}, {"current", true}});
  });

  EXPECT_THAT(line, MatchesRegex("[0-9]+-[0-9]+-[0-9]+T[0-9:.]+[+-][0-9:]+ info +agent connected "
                                 "node=web-1 version=42 current=true\n"));
}

TEST(Log, text_values_are_quoted_where_they_could_be_taken_for_more) {
  auto line = lines(Level::info, Format::text, [] {
    warning("odd", {{"blank", "a b"}, {"none", ""}, {"equals", "a=b"}, {"line", "a\nb"}});
  });

  EXPECT_THAT(line, EndsWith(R"(odd blank="a b" none="" equals="a=b" line="a\u000ab")"
                             "\n"));
}

TEST(Log, json_keeps_numbers_and_booleans_and_escapes_the_rest) {
  auto line = lines(Level::debug, Format::json, [] {
    error("read \"x\"", {{"bytes", 12}, {"whole", false}, {"why", "a\\b\tc"}});
  });

  EXPECT_THAT(line, HasSubstr(R"("level":"error","event":"read \"x\"","bytes":12,"whole":false,)"
                              R"("why":"a\\b\u0009c"})"));
}

TEST(Log, what_is_below_the_lowest_level_is_left_out) {
  auto line = lines(Level::warning, Format::text, [] {
    info("not this");
    warning("but this");
  });

  EXPECT_THAT(line, testing::Not(HasSubstr("not this")));
  EXPECT_THAT(line, HasSubstr("but this"));
}

}  // namespace
}  // namespace reeve::log
