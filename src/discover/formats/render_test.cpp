#include "discover/formats/render.hpp"

#include "discover/formats/formats.hpp"
#include "model/service.hpp"
#include "model/template_names.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

namespace reeve::discover {
namespace {

model::ListedInstance instance(std::string_view ip, std::uint16_t port) {
  model::ListedInstance made;
  made.ip = *IpAddress::parse(ip);
  made.port = port;
  return made;
}

model::ServiceList pay() {
  model::ServiceList list;
  list.service = "pay";
  list.uid = "u1";
  list.cluster = "c1";
  list.epoch = 1;
  list.version = 42;
  list.revision = 7;
  list.description = "takes \"money\"";
  list.instances = {instance("10.0.0.1", 8820), instance("2001:db8::1", 80)};
  list.instances[1].status = model::Status::offline;
  list.instances[1].weight = 0;
  list.instances[1].labels = {{"zone", "a"}};
  list.instances[1].ports = {{"admin", 81}};
  list.instances[1].health = model::Health::passing;
  return list;
}

using Labels = std::map<std::string, std::string>;

model::Output output(model::Format format) {
  model::Output made;
  made.format = format;
  return made;
}

std::string text_of(const model::ServiceList& list, const model::Output& output) {
  auto text = render(list, output);
  return text ? *text : "error: " + text.error().what;
}

std::string text_of(const model::ServiceList& list, model::Format format) {
  return text_of(list, output(format));
}

std::string from_template(const model::ServiceList& list, std::string text) {
  auto custom = output(model::Format::mustache);
  custom.template_ = std::move(text);
  return text_of(list, custom);
}

TEST(Formats, swoole_has_exactly_the_four_keys_of_the_old_clients) {
  EXPECT_EQ(text_of(pay(), model::Format::swoole),
            R"([{"ip":"10.0.0.1","port":8820,"status":"online","weight":100},)"
            R"({"ip":"2001:db8::1","port":80,"status":"offline","weight":0}])");
}

TEST(Formats, swoole_of_no_instance_is_an_empty_array) {
  EXPECT_EQ(text_of({}, model::Format::swoole), "[]");
}

TEST(Formats, json_has_every_field_an_app_may_want) {
  EXPECT_EQ(text_of(pay(), model::Format::json),
            R"({"service":"pay","revision":7,"version":42,"description":"takes \"money\"",)"
            R"("instances":[{"ip":"10.0.0.1","port":8820,"status":"online","weight":100,)"
            R"("labels":{},"ports":{},"health":"unknown"},)"
            R"({"ip":"2001:db8::1","port":80,"status":"offline","weight":0,)"
            R"("labels":{"zone":"a"},"ports":{"admin":81},"health":"passing"}]})");
}

TEST(Formats, what_a_newer_manager_says_of_an_instance_reaches_apps_in_json_alone) {
  auto list = pay();
  list.instances.resize(1);
  list.instances[0].unknown["drained"] = true;
  EXPECT_THAT(text_of(list, model::Format::json),
              testing::HasSubstr(R"("health":"unknown","drained":true}])"));
  EXPECT_THAT(text_of(list, model::Format::swoole), testing::Not(testing::HasSubstr("drained")));
}

TEST(Formats, env_names_the_eligible_instances_as_a_shell_reads_them) {
  auto list = pay();
  list.service = "2-pay.api";
  EXPECT_EQ(text_of(list, model::Format::env),
            "_2_PAY_API_COUNT=1\n"
            "_2_PAY_API_ADDRESSES=10.0.0.1:8820\n"
            "_2_PAY_API_1_IP=10.0.0.1\n"
            "_2_PAY_API_1_PORT=8820\n"
            "_2_PAY_API_1_WEIGHT=100\n");
  list.instances[1].status = model::Status::online;
  list.instances[1].weight = 1;
  EXPECT_THAT(text_of(list, model::Format::env),
              testing::HasSubstr("ADDRESSES=10.0.0.1:8820,[2001:db8::1]:80\n"));
  list.instances.clear();
  EXPECT_EQ(text_of(list, model::Format::env), "_2_PAY_API_COUNT=0\n_2_PAY_API_ADDRESSES=\n");
}

TEST(Formats, nginx_takes_out_what_takes_no_traffic) {
  EXPECT_EQ(text_of(pay(), model::Format::nginx),
            "upstream pay {\n"
            "    server 10.0.0.1:8820 weight=100;\n"
            "    server [2001:db8::1]:80 down;\n"
            "}\n");
  auto list = pay();
  list.instances.clear();
  EXPECT_EQ(text_of(list, model::Format::nginx),
            "upstream pay {\n    server 127.0.0.1:1 down;\n}\n");
}

TEST(Formats, haproxy_disables_what_is_offline) {
  EXPECT_EQ(text_of(pay(), model::Format::haproxy),
            "backend pay\n"
            "    server 10.0.0.1_8820 10.0.0.1:8820 weight 100\n"
            "    server 2001:db8::1_80 [2001:db8::1]:80 weight 0 disabled\n");
  auto list = pay();
  list.instances.clear();
  EXPECT_EQ(text_of(list, model::Format::haproxy), "backend pay\n");
}

TEST(Formats, a_template_has_all_of_the_list) {
  EXPECT_EQ(from_template(pay(),
                          "# {{service}} r{{revision}} v{{version}}: {{description}}\n"
                          "{{#instances}}\n"
                          "{{address}} {{ip}} {{port}} {{status}} {{weight}} {{health}}"
                          "{{#label_list}} {{key}}={{value}}{{/label_list}} {{ports.admin}}\n"
                          "{{/instances}}\n"
                          "{{#eligible}}\"{{address}}\"{{^last}},{{/last}}{{/eligible}}"),
            "# pay r7 v42: takes \"money\"\n"
            "10.0.0.1:8820 10.0.0.1 8820 online 100 unknown \n"
            "[2001:db8::1]:80 2001:db8::1 80 offline 0 passing zone=a 81\n"
            "\"10.0.0.1:8820\"");
}

/// A template with each name of the value, in sections as they are.
std::string with_each_name(const json::Value& value) {
  if (const auto* list = value.if_array()) return with_each_name(list->back());
  std::string text;
  for (const auto& [key, inner] : value.as_object()) {
    bool is_list = inner.is_array() && !inner.as_array().empty();
    bool is_open = is_list || inner.is_object();
    text += is_open ? fmt::format("{{{{#{0}}}}}{1}{{{{/{0}}}}}", std::string_view(key),
                                  with_each_name(inner))
                    : fmt::format("{{{{{}}}}}", std::string_view(key));
  }
  return text;
}

TEST(Formats, a_template_may_use_every_name_that_it_is_given) {
  auto list = pay();
  Instances instances;
  for (const auto& one : list.instances) instances.push_back(&one);
  auto text = with_each_name(template_data(list, instances));

  EXPECT_EQ(model::unknown_tag(text), std::nullopt) << text;
}

TEST(Formats, a_template_cannot_walk_a_list_within_itself) {
  auto list = pay();
  list.instances.assign(1000, instance("10.0.0.1", 80));
  std::string squared = "{{#instances}}{{#instances}}x{{/instances}}{{/instances}}";
  EXPECT_EQ(from_template(list, squared), "");
  EXPECT_EQ(from_template(list, "{{#eligible}}{{#instances}}x{{/instances}}{{/eligible}}"), "");
}

TEST(Formats, a_template_that_makes_too_much_is_an_error) {
  auto list = pay();
  list.instances.assign(1000, instance("10.0.0.1", 80));
  std::string text(model::kLongestTemplate - 30, 'x');
  EXPECT_THAT(from_template(list, "{{#instances}}" + text + "{{/instances}}"),
              testing::StartsWith("error: the template makes more than"));
}

TEST(Formats, an_output_selects_by_label) {
  auto list = pay();
  list.instances[1].status = model::Status::online;
  list.instances[1].weight = 5;
  auto near = output(model::Format::env);
  near.select = Labels{{"zone", "a"}};
  EXPECT_THAT(text_of(list, near), testing::HasSubstr("ADDRESSES=[2001:db8::1]:80\n"));
}

TEST(Formats, all_instances_stand_in_where_no_selected_one_takes_traffic) {
  auto near = output(model::Format::env);
  near.select = Labels{{"zone", "a"}};
  EXPECT_THAT(text_of(pay(), near), testing::HasSubstr("ADDRESSES=10.0.0.1:8820\n"));
  near.select = Labels{{"zone", "none"}};
  EXPECT_THAT(text_of(pay(), near), testing::HasSubstr("ADDRESSES=10.0.0.1:8820\n"));
}

}  // namespace
}  // namespace reeve::discover
