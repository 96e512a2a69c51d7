#include "base/ip_address.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace reeve {
namespace {

TEST(IpAddress, has_one_text_for_all_spellings) {
  struct Case {
    const char* text;
    const char* canonical;
  };
  constexpr std::array cases{
      Case{"10.0.0.1", "10.0.0.1"},
      Case{"::1", "::1"},
      Case{"2001:DB8:0:0:0:0:0:1", "2001:db8::1"},
      Case{"::ffff:10.0.0.1", "10.0.0.1"},
      Case{"0.0.0.0", "0.0.0.0"},
  };
  for (const auto& [text, canonical] : cases) {
    auto address = IpAddress::parse(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(address->text(), canonical);
  }
}

TEST(IpAddress, is_never_a_name_a_port_or_half_an_address) {
  for (const char* text : {"", "localhost", "10.0.0", "10.0.0.256", "010.0.0.1", "10.0.0.1:80",
                           "[::1]", "fe80::1%eth0", ":::", "1.2.3.4 ", "::1::2"}) {
    EXPECT_FALSE(IpAddress::parse(text)) << text;
  }
  EXPECT_FALSE(IpAddress::parse(std::string_view("10.0.0.1\0", 9)));
  EXPECT_FALSE(IpAddress::parse(std::string(100, '1')));
}

TEST(IpAddress, knows_loopback_and_any) {
  EXPECT_TRUE(IpAddress::parse("127.1.2.3")->is_loopback());
  EXPECT_TRUE(IpAddress::parse("::1")->is_loopback());
  EXPECT_FALSE(IpAddress::parse("1.0.0.127")->is_loopback());
  EXPECT_TRUE(IpAddress::parse("::")->is_any());
  EXPECT_TRUE(IpAddress().is_any());
}

}  // namespace
}  // namespace reeve
