#include "net/http.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <gtest/gtest.h>

namespace reeve::net {
namespace {

TEST(Endpoint, is_parsed_from_its_text) {
  EXPECT_EQ(*parse_endpoint("10.0.0.1:80"), (Endpoint{"10.0.0.1", 80}));
  EXPECT_EQ(parse_endpoint("http://10.0.0.1:80").error().what,
            "expected \"host:port\" without a scheme, got \"http://10.0.0.1:80\"");
  EXPECT_FALSE(parse_endpoint(" ", 80));
  EXPECT_EQ(*parse_endpoint("[::1]:80"), (Endpoint{"::1", 80}));
  EXPECT_EQ(*parse_endpoint(":80"), (Endpoint{"", 80}));
  EXPECT_EQ(*parse_endpoint("manager.example", 7800), (Endpoint{"manager.example", 7800}));
  EXPECT_EQ(*parse_endpoint("[::1]", 7800), (Endpoint{"::1", 7800}));
  EXPECT_EQ(parse_endpoint("[::1]:80")->to_string(), "[::1]:80");
  for (const char* text :
       {"", "host", "host:", "host:70000", "host:-1", "::1:80", "[::1", "[::1]80", "h:8o"})
    EXPECT_FALSE(parse_endpoint(text)) << text;
}

TEST(Headers, are_found_without_regard_to_case) {
  Headers headers{{"Host", "x"}, {"X-Thing", "1"}, {"x-thing", "2"}};
  EXPECT_EQ(headers.get("x-THING"), "1");
  EXPECT_FALSE(headers.find("thing"));
  EXPECT_EQ(headers[2].second, "2");
}

TEST(Request, decodes_its_query) {
  Request request;
  request.target = "/a%20b?q=a+b%26c&flag&limit=10&bad=100%&=x&";
  EXPECT_EQ(request.path(), "/a%20b");
  EXPECT_EQ(request.parameter("q"), "a b&c");
  EXPECT_EQ(request.parameter("flag"), "");
  EXPECT_EQ(request.parameter("bad"), "100%");
  EXPECT_EQ(request.parameter("none"), std::nullopt);
  EXPECT_EQ(request.parameters().size(), 5u);
}

TEST(PercentEncoding, is_its_own_inverse) {
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  EXPECT_EQ(percent_decode(percent_encode(all)), all);
  EXPECT_EQ(percent_encode("a/b c"), "a%2Fb%20c");
  EXPECT_EQ(percent_decode("%4"), std::nullopt);
  EXPECT_EQ(percent_decode("%zz"), std::nullopt);
}

TEST(ErrorResponse, has_all_faults) {
  auto response =
      error_response(error_of({{"invalid", "port must be 1-65535", "/port"}, {"exists", "x", ""}}));
  EXPECT_EQ(response.status, 400);
  auto body = boost::json::parse(response.body.view());
  EXPECT_EQ(body.at("error").at("field").as_string(), "/port");
  EXPECT_EQ(body.at("error").at("faults").as_array().size(), 2u);
  EXPECT_TRUE(body.at("error").at("faults").at(1).at("field").is_null());

  auto plain =
      boost::json::parse(error_response({Errc::not_found, "no \"x\"", "", {}}).body.view());
  EXPECT_EQ(plain.at("error").at("code").as_string(), "not_found");
  EXPECT_TRUE(plain.at("error").at("field").is_null());
}

}  // namespace
}  // namespace reeve::net
