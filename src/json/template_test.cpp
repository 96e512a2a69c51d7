#include "json/template.hpp"

#include <gtest/gtest.h>

namespace reeve::json {
namespace {

Value pay() {
  return *parse(R"({"service":"pay","is_new":true,"none":[],"instances":[
      {"ip":"10.0.0.1","port":8820,"labels":{"zone":"a"},"online":true},
      {"ip":"10.0.0.2","port":8821,"labels":{},"online":false}]})");
}

std::string filled(const std::string& text) {
  auto made = fill(text, pay(), 1 << 20);
  return made ? *made : "error: " + made.error().what;
}

TEST(Template, names_are_replaced_and_nothing_is_escaped) {
  EXPECT_EQ(filled("a {{service}} <{{missing}}>"), "a pay <>");
  EXPECT_EQ(*fill("{{x}} {{{x}}}", Object{{"x", "<\"&'>"}}, 100), "<\"&'> <\"&'>");
}

TEST(Template, sections_walk_lists_and_ask_for_truth) {
  EXPECT_EQ(filled("{{#instances}}{{ip}}:{{port}}{{^online}} down{{/online}}\n{{/instances}}"),
            "10.0.0.1:8820\n10.0.0.2:8821 down\n");
  EXPECT_EQ(filled("{{#is_new}}new{{/is_new}}{{^none}} none{{/none}}"), "new none");
}

TEST(Template, dots_lead_into_objects) {
  EXPECT_EQ(filled("{{#instances}}[{{labels.zone}}]{{/instances}}"), "[a][]");
}

TEST(Template, a_section_alone_on_its_line_leaves_no_empty_line) {
  EXPECT_EQ(filled("{{#instances}}\n{{ip}}\n{{/instances}}\nend\n"), "10.0.0.1\n10.0.0.2\nend\n");
}

TEST(Template, its_tags_are_told_without_comments) {
  std::string told;
  for (const auto& tag :
       template_tags("a {{# x }}{{{ y }}}{{!no}}{{&z.b}}{{ . }}{{/x}}{{^ w}}{{/ w }} }}"))
    told += fmt::format("{}{} ", static_cast<int>(tag.kind), tag.name);
  EXPECT_EQ(told, "1x 0y 0z.b 0. 3x 2w 3w ");
}

TEST(Template, what_is_wrong_is_said) {
  EXPECT_EQ(template_fault("{{#a}}").value_or(""), "unclosed section \"a\" at 0");
  EXPECT_EQ(template_fault("x {{a").value_or(""), "unclosed tag at 2");
  EXPECT_EQ(template_fault("{{/a}}").value_or(""), "unopened section \"a\" at 0");
  EXPECT_EQ(template_fault("{{=<% %>=}}").value_or(""),
            "other delimiters than {{ and }} are not offered");
  EXPECT_EQ(template_fault("{{> other}}").value_or(""), "there are no partials to include");
  EXPECT_EQ(template_fault("{{{ = a b = }}}").value_or(""),
            "other delimiters than {{ and }} are not offered");
  EXPECT_FALSE(template_fault("{{! a = comment }}{{service}} } {"));
  EXPECT_EQ(fill("{{#a}}", {}, 10).error().code, Errc::invalid);
}

TEST(Template, sections_go_only_so_deep) {
  auto nested = [](std::size_t depth) {
    std::string open;
    std::string close;
    for (std::size_t i = 0; i < depth; ++i) {
      open += "{{#a}}";
      close += "{{/a}}";
    }
    return open + close;
  };
  EXPECT_FALSE(template_fault(nested(kDeepestTemplate)));
  EXPECT_EQ(template_fault(nested(kDeepestTemplate + 1)).value_or(""),
            "more than 16 sections within each other");
}

TEST(Template, a_text_over_its_limit_is_refused) {
  EXPECT_EQ(fill("{{#instances}}0123456789{{/instances}}", pay(), 19).error().code,
            Errc::too_large);
  EXPECT_EQ(fill("{{#instances}}0123456789{{/instances}}", pay(), 20)->size(), 20U);
}

}  // namespace
}  // namespace reeve::json
