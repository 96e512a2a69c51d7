#include "json/nearest.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace reeve::json {
namespace {

TEST(Nearest, forgives_a_third_of_the_letters_but_no_more) {
  constexpr std::array<std::string_view, 4> kNames{"port", "weight", "publish_roots", "ip"};

  EXPECT_EQ(nearest("prot", kNames), "port");
  EXPECT_EQ(nearest("Port", kNames), "port");
  EXPECT_EQ(nearest("wieght", kNames), "weight");
  EXPECT_EQ(nearest("publish-root", kNames), "publish_roots");
  EXPECT_EQ(nearest("zone", kNames), "");
  EXPECT_EQ(nearest("x", kNames), "");
  EXPECT_EQ(nearest(std::string(10'000, 'p'), kNames), "");
}

}  // namespace
}  // namespace reeve::json
