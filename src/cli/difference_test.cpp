#include "cli/difference.hpp"

#include <gtest/gtest.h>

namespace reeve::cli {
namespace {

json::Object object(std::string_view text) { return json::parse(text).value().as_object(); }
json::Array array(std::string_view text) { return json::parse(text).value().as_array(); }

TEST(Difference, of_instances_is_by_address_and_tells_which_fields) {
  auto lines =
      instance_differences(array(R"([{"ip":"10.0.0.1","port":80,"weight":100,"labels":{"idc":"bj"}},
                {"ip":"10.0.0.2","port":80,"weight":100}])"),
                           array(R"([{"ip":"2001:db8::1","port":80,"weight":100},
                {"ip":"10.0.0.1","port":80,"weight":50,"labels":{"idc":"sh"}}])"));

  EXPECT_EQ(difference_text(lines, {}),
            "  - 10.0.0.2:80 weight=100\n"
            "  ~ 10.0.0.1:80  labels.idc bj → sh, weight 100 → 50\n"
            "  + [2001:db8::1]:80 weight=100\n");
}

TEST(Difference, does_not_mind_order_or_what_is_only_seen) {
  auto lines = instance_differences(
      array(R"([{"ip":"10.0.0.1","port":80,"weight":1,"health":"passing","status":"offline"},
                {"ip":"10.0.0.2","port":80,"weight":1,"labels":{}}])"),
      array(R"([{"ip":"10.0.0.2","port":80,"weight":1},{"ip":"10.0.0.1","port":80,"weight":1}])"));

  EXPECT_TRUE(lines.empty());
}

TEST(Difference, of_fields_leaves_out_what_a_manifest_does_not_name) {
  auto before = object(R"({"description":"old","governance":true})");
  auto after = object(R"({"description":"new"})");

  EXPECT_EQ(fields_text(before, after, true), "description old → new");
  EXPECT_EQ(fields_text(before, after, false), "description old → new, governance true → -");
}

TEST(Difference, is_coloured_on_a_terminal) {
  EXPECT_EQ(difference_text({{Change::added, "x"}}, {true, true, 80, 24}),
            "\033[32m  + x\033[0m\n");
}

}  // namespace
}  // namespace reeve::cli
