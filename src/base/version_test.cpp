#include "base/version.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace reeve {
namespace {

TEST(Version, is_three_numbers_and_a_day) {
  EXPECT_THAT(std::string(version()), testing::MatchesRegex("[0-9]+\\.[0-9]+\\.[0-9]+"));
  EXPECT_THAT(std::string(build_date()), testing::MatchesRegex("[0-9]{4}-[0-9]{2}-[0-9]{2}"));
}

}  // namespace
}  // namespace reeve
