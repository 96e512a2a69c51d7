#include "cli/manifest_plan.hpp"

#include <gtest/gtest.h>

namespace reeve::cli {
namespace {

json::Object object(std::string_view text) { return json::parse(text).value().as_object(); }

// As `reeve diff` prints them.
std::string lines(std::string_view before, std::string_view fields) {
  return difference_text(service_differences(object(before), object(fields)), {});
}

constexpr std::string_view kPay = R"({
  "name":"pay","description":"payments","governance":false,"push":"auto","revision":3,
  "instances":[
    {"ip":"10.0.0.1","port":80,"weight":100,"labels":{},"ports":{},"source":"operator",
     "status":"online","health":"passing"},
    {"ip":"10.0.0.2","port":80,"weight":100,"labels":{},"ports":{},"source":"self",
     "status":"online","health":"passing"}],
  "subscriptions":[{"nodes":["web-1"],"outputs":[]}]})";

TEST(ManifestPlan, sees_no_difference_in_what_is_there) {
  EXPECT_EQ(lines(kPay, R"({"description":"payments",
      "instances":[{"ip":"10.0.0.1","port":80,"weight":100,"labels":{},"ports":{},"status":null}],
      "subscriptions":[{"nodes":["web-1"],"selector":null,"outputs":[]}]})"),
            "");
}

TEST(ManifestPlan, leaves_what_a_manifest_does_not_name) {
  EXPECT_EQ(lines(kPay, R"({"governance":true})"), "  ~ governance false → true\n");
}

TEST(ManifestPlan, replaces_only_the_operators_instances) {
  EXPECT_EQ(lines(kPay, R"({"instances":[{"ip":"10.0.0.3","port":80,"weight":50}]})"),
            "  - 10.0.0.1:80 weight=100\n  + 10.0.0.3:80 weight=50\n");
}

TEST(ManifestPlan, shows_a_status_that_a_manifest_states) {
  EXPECT_EQ(lines(kPay, R"({"instances":[
      {"ip":"10.0.0.1","port":80,"weight":100,"status":"offline"}]})"),
            "  ~ 10.0.0.1:80  status online → offline\n");
}

TEST(ManifestPlan, shows_subscriptions_that_come_and_go) {
  EXPECT_EQ(lines(kPay, R"({"subscriptions":[{"selector":{"idc":"bj"},"outputs":[]}]})"),
            "  - subscription {\"nodes\":[\"web-1\"],\"outputs\":[]}\n"
            "  + subscription {\"selector\":{\"idc\":\"bj\"},\"outputs\":[]}\n");
}

}  // namespace
}  // namespace reeve::cli
