#include "base/utf8.hpp"
#include "model/access.hpp"
#include "model/list.hpp"
#include "model/name.hpp"
#include "model/node.hpp"
#include "model/service.hpp"
#include "model/subscriber.hpp"
#include "model/subscription.hpp"
#include "model/template_names.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace reeve::model {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> faulty_fields(const std::string& text) {
  auto decoded = json::decode_text<ServiceRequest>(text, json::Mode::strict);
  std::vector<std::string> fields;
  if (!decoded)
    for (const auto& fault : decoded.error().faults) fields.push_back(fault.field);
  return fields;
}

TEST(Name, takes_letters_digits_and_three_marks_up_to_63) {
  for (const char* good : {"a", "Pay", "pay-1.eu_west", "0"}) EXPECT_TRUE(is_name(good)) << good;
  for (const char* bad : {"", "-a", ".a", "a b", "a/b", "pä", "a\n", "a:b"})
    EXPECT_FALSE(is_name(bad)) << bad;
  EXPECT_TRUE(is_name(std::string(63, 'a')));
  EXPECT_FALSE(is_name(std::string(64, 'a')));
}

TEST(Name, that_is_none_is_quoted_so_that_any_terminal_and_json_can_show_it) {
  std::string long_one = "x";
  for (int i = 0; i < 50; ++i) long_one += "\u540d";
  json::Faults faults;
  check_name(long_one, faults, {});
  check_name("a\x1b[2J\n", faults, {});

  for (const auto& fault : faults.take()) {
    EXPECT_EQ(utf8::valid_prefix(fault.message), fault.message.size());
    EXPECT_TRUE(std::ranges::none_of(fault.message, [](char c) { return c >= 0 && c < ' '; }));
  }
}

TEST(Name, folds_case_only) { EXPECT_EQ(fold("Pay-1.EU"), "pay-1.eu"); }

TEST(Name, matches_patterns_whatever_the_case) {
  struct Row {
    const char* pattern;
    const char* name;
    bool matches;
  };
  for (const auto& row : std::vector<Row>{{"web-*", "web-1", true},
                                          {"WEB-*", "web-", true},
                                          {"web-*", "db-1", false},
                                          {"web-1", "web-1", true},
                                          {"web-1", "web-12", false},
                                          {"web-?", "web-12", false},
                                          {"*-prod-*", "a-prod-prod-1", true},
                                          {"*a*b*c", "xxaxxbxxbxc", true},
                                          {"*a*b*c", "xxaxxbxxbxd", false},
                                          {"*", "anything", true},
                                          {"a**", "a", true}})
    EXPECT_EQ(matches_pattern(row.pattern, row.name), row.matches)
        << row.pattern << " " << row.name;
  std::string stars;
  for (int i = 0; i < 30; ++i) stars += "*a";
  EXPECT_FALSE(matches_pattern(stars, std::string(63, 'a') + "b")) << "and that at once";
  EXPECT_TRUE(is_name_pattern("web-*.eu?"));
  EXPECT_FALSE(is_name_pattern("web/*"));
  EXPECT_FALSE(is_name_pattern(""));
}

TEST(JoinTokenRequest, is_for_a_pattern_of_names_or_for_one_node) {
  auto fields = [](const std::string& text) {
    auto decoded = json::decode_text<JoinTokenRequest>(text, json::Mode::strict);
    std::vector<std::string> found;
    if (!decoded)
      for (const auto& fault : decoded.error().faults) found.push_back(fault.field);
    return found;
  };
  EXPECT_THAT(fields(R"({"name_pattern":"web-*"})"), IsEmpty());
  EXPECT_THAT(fields(R"({"name_pattern":"a b"})"), ElementsAre("/name_pattern"));
  EXPECT_THAT(fields(R"({"node":"web-1"})"), IsEmpty());
  EXPECT_THAT(fields(R"({"node":"web 1"})"), ElementsAre("/node"));
  for (const char* more :
       {R"("uses":2)", R"("unlimited":true)", R"("labels":{"a":"b"})", R"("name_pattern":"*")"})
    EXPECT_THAT(fields(std::string(R"({"node":"web-1",)") + more + "}"), ElementsAre("/node"));
}

TEST(Service, finds_every_fault_with_its_path) {
  EXPECT_THAT(faulty_fields(R"({"instances":[
      {"ip":"10.0.0.1","port":80,"weight":101},
      {"ip":"db.example","port":0},
      {"ip":"::1","port":70000,"colour":"red"}]})"),
              ElementsAre("/instances/0/weight", "/instances/1/ip", "/instances/1/port",
                          "/instances/2/port", "/instances/2/colour"));
}

TEST(Service, refuses_the_same_instance_twice_in_any_spelling) {
  EXPECT_THAT(faulty_fields(R"({"instances":[{"ip":"2001:db8::1","port":80},
                                             {"ip":"2001:0DB8:0::0001","port":80}]})"),
              ElementsAre("/instances/1"));
}

TEST(Service, takes_the_old_lists_as_they_are) {
  auto request = json::decode_text<ServiceRequest>(
      R"({"instances":[{"ip":"127.0.0.1","port":8880,"status":"online","weight":100},
                       {"ip":"127.0.0.1","port":8881,"status":"offline","weight":0}]})",
      json::Mode::strict);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->instances[0].status, Status::online);
  EXPECT_EQ(request->instances[1].status, Status::offline);
  EXPECT_EQ(request->instances[1].id(), "127.0.0.1:8881");
}

TEST(Service, takes_its_own_answer_back) {
  Service service;
  service.name = "pay";
  service.uid = "u";
  service.revision = 7;
  service.instances.emplace_back().ip = *IpAddress::parse("10.0.0.1");
  service.instances[0].port = 80;
  service.instances[0].holds.push_back({Holder::operator_, "ann", "upgrade", WallTime(), {}});
  service.subscriptions.push_back({std::vector<std::string>{"web-1"}, std::nullopt, {}});

  auto back = json::decode_text<ServiceRequest>(json::encode_text(service), json::Mode::strict);

  ASSERT_TRUE(back) << back.error().what << back.error().field;
  EXPECT_EQ(back->instances[0].id(), "10.0.0.1:80");
}

TEST(Service, writes_the_operators_hold_as_operator) {
  EXPECT_THAT(json::encode_text(Hold{}), HasSubstr(R"("by":"operator")"));
  EXPECT_THAT(json::encode_text(ServiceSpec{}), HasSubstr(R"("push":"auto")"));
}

TEST(Subscription, wants_either_nodes_or_a_selector) {
  EXPECT_THAT(faulty_fields(R"({"subscriptions":[{"nodes":["a"]},{"selector":{"zone":"a"}}]})"),
              IsEmpty());
  EXPECT_THAT(faulty_fields(R"({"subscriptions":[{}, {"nodes":["a"],"selector":{"z":"a"}}]})"),
              ElementsAre("/subscriptions/0", "/subscriptions/1"));
}

TEST(Output, refuses_paths_and_modes_that_cannot_be) {
  EXPECT_THAT(faulty_fields(R"({"subscriptions":[{"nodes":["a"],"outputs":[
      {"path":"/var/lib/{service}.conf","mode":"0640"},
      {"path":"relative"},
      {"path":"/a/../b"},
      {"mode":"0999"},
      {"format":"xml"}]}]})"),
              ElementsAre("/subscriptions/0/outputs/1/path", "/subscriptions/0/outputs/2/path",
                          "/subscriptions/0/outputs/3/mode", "/subscriptions/0/outputs/4/format"));
}

TEST(Service, takes_no_instance_that_is_every_address) {
  EXPECT_THAT(faulty_fields(R"({"instances":[{"ip":"0.0.0.0","port":80},{"ip":"::","port":80},
                                             {"ip":"127.0.0.1","port":80}]})"),
              ElementsAre("/instances/0/ip", "/instances/1/ip"));
  EXPECT_TRUE(json::decode_text<InstanceSpec>(R"({"ip":"0.0.0.0","port":80})", json::Mode::lenient))
      << "stored already";
}

TEST(Output, takes_a_template_with_names_that_a_list_has_alone) {
  std::string text = R"({"format":"mustache","template":"{{#eligible}}{{adress}}{{/eligible}}"})";
  EXPECT_THAT(faulty_fields(R"({"subscriptions":[{"nodes":["a"],"outputs":[)" + text + "]}]}"),
              ElementsAre("/subscriptions/0/outputs/0/template"));
  EXPECT_FALSE(
      json::decode_text<SubscriberRequest>(R"({"outputs":[)" + text + "]}", json::Mode::strict));
  EXPECT_FALSE(json::decode_text<SelectorRequest>(
      R"({"selector":{"a":"b"},"outputs":[)" + text + "]}", json::Mode::strict));
  EXPECT_TRUE(json::decode_text<StoredSubscriptions>(
      R"({"subscriptions":[{"nodes":["a"],"outputs":[)" + text + "]}]}", json::Mode::lenient))
      << "stored already";
}

TEST(UnknownTag, is_none_where_every_name_may_have_a_value) {
  for (const char* text :
       {"no tag", "{{service}} {{ revision }} {{{version}}} {{&description}} {{! a note }}",
        "{{#eligible}}{{address}}{{^last}}, {{/last}}{{service}}{{/eligible}}",
        "{{#instances}}{{labels.zone}}{{#eligible}}{{ports.admin}}{{/eligible}}{{/instances}}",
        "{{#instances}}{{#labels}}{{zone}}{{/labels}}{{/instances}}",
        "{{#instances}}{{#label_list}}{{key}}={{value}} {{ip}}{{/label_list}}{{/instances}}",
        "{{^instances}}{{service}} has none{{/instances}}", "{{#description}}{{.}}{{/description}}",
        "{{#instances}}{{#labels.zone}}{{labels.zone}}{{/labels.zone}}{{/instances}}"})
    EXPECT_EQ(unknown_tag(text), std::nullopt) << text;
}

TEST(UnknownTag, is_named_with_what_may_stand_there) {
  EXPECT_EQ(unknown_tag("{{#eligible}}{{service}} {{adress}}{{/eligible}}").value_or(""),
            R"(unknown tag "{{adress}}", did you mean "address"; here may stand service, )"
            "description, revision, version, instances, eligible, ip, port, address, status, "
            "weight, health, labels, ports, label_list, first, last");
  EXPECT_EQ(unknown_tag("{{ip}}").value_or(""),
            R"(unknown tag "{{ip}}"; here may stand service, description, revision, version, )"
            "instances, eligible");
  for (const char* text :
       {"{{#elligible}}{{/elligible}}", "{{^eligible}}{{ip}}{{/eligible}}", "{{service.name}}",
        "{{#eligible}}{{/eligible}}{{ip}}", "{{#instances}}{{key}}{{/instances}}",
        "{{#instances}}{{label.zone}}{{/instances}}", "{{labels.zone}}",
        "{{#instances}}{{#eligible}}{{zone}}{{/eligible}}{{/instances}}"})
    EXPECT_NE(unknown_tag(text), std::nullopt) << text;
}

TEST(Output, takes_a_template_for_mustache_alone_and_only_a_good_one) {
  EXPECT_THAT(
      faulty_fields(R"({"subscriptions":[{"nodes":["a"],"outputs":[
      {"format":"mustache","template":"{{service}}","select":{"zone":"a"}},
      {"format":"mustache"},
      {"format":"json","template":"x"},
      {"format":"mustache","template":"{{#instances}}"}]}]})"),
      ElementsAre("/subscriptions/0/outputs/1/template", "/subscriptions/0/outputs/2/template",
                  "/subscriptions/0/outputs/3/template"));
}

TEST(Output, takes_an_owner_a_hook_and_what_to_do_about_drift) {
  EXPECT_THAT(
      faulty_fields(R"({"subscriptions":[{"nodes":["a"],"outputs":[
      {"owner":"www-data:adm","on_change":["/bin/true",""],"debounce":"60s","drift":"report"},
      {"owner":"33:0"},
      {"owner":"www-data:"},
      {"owner":"-x"},
      {"on_change":["true"]},
      {"on_change":[]},
      {"on_change":["/bin/true"],"debounce":"61s"},
      {"debounce":"1s"},
      {"drift":"ignore"}]}]})"),
      ElementsAre("/subscriptions/0/outputs/2/owner", "/subscriptions/0/outputs/3/owner",
                  "/subscriptions/0/outputs/4/on_change/0", "/subscriptions/0/outputs/5/on_change",
                  "/subscriptions/0/outputs/6/debounce", "/subscriptions/0/outputs/7/debounce",
                  "/subscriptions/0/outputs/8/drift"));
}

TEST(Output, its_mark_of_before_owners_and_hooks_stays_and_each_of_them_changes_it) {
  Output plain;
  plain.path = "/a";
  constexpr std::uint64_t kMarkOfOld = 556'241'740'811'281U;
  EXPECT_EQ(outputs_mark({plain}), kMarkOfOld);

  std::set<std::uint64_t> marks{kMarkOfOld};
  auto mark_with = [&](auto change) {
    Output output = plain;
    change(output);
    return marks.insert(outputs_mark({output})).second;
  };
  EXPECT_TRUE(mark_with([](Output& output) { output.owner = "a"; }));
  EXPECT_TRUE(mark_with([](Output& output) { output.on_change = std::vector<std::string>{"/a"}; }));
  EXPECT_TRUE(mark_with([](Output& output) { output.debounce = std::chrono::seconds(2); }));
  EXPECT_TRUE(mark_with([](Output& output) { output.drift = Drift::repair; }));
  EXPECT_TRUE(mark_with([](Output& output) { output.drift = Drift::report; }));
}

TEST(Subscription, a_name_goes_before_a_selector) {
  Output json_output;
  json_output.format = Format::json;
  std::vector<Subscription> all{
      {std::nullopt, std::map<std::string, std::string>{{"zone", "a"}}, {}},
      {std::vector<std::string>{"Web-1"}, std::nullopt, {json_output}}};

  EXPECT_EQ(outputs_for(all, "web-1", {{"zone", "a"}})->front().format, Format::json);
  EXPECT_EQ(*outputs_for(all, "web-2", {{"zone", "a"}}), default_outputs());
  EXPECT_EQ(outputs_for(all, "web-3", {{"zone", "b"}}), nullptr);
}

TEST(Subscription, sets_and_removes_one_nodes_entry_alone) {
  std::vector<Subscription> all{{std::vector<std::string>{"a", "b"}, std::nullopt, {}}};
  Output json_output;
  json_output.format = Format::json;
  std::vector<Output> outputs{json_output};

  EXPECT_TRUE(set_node_outputs(all, "B", &outputs));
  EXPECT_EQ(outputs_for(all, "b", {})->front().format, Format::json);
  EXPECT_EQ(outputs_for(all, "a", {})->front().format, Format::swoole);

  EXPECT_TRUE(set_node_outputs(all, "a", nullptr));
  EXPECT_EQ(outputs_for(all, "a", {}), nullptr);
  EXPECT_FALSE(set_node_outputs(all, "a", nullptr));
  EXPECT_EQ(all.size(), 1u);
}

TEST(Instance, is_eligible_without_holds_and_with_weight) {
  Instance instance;
  EXPECT_TRUE(is_eligible(instance));
  instance.weight = 0;
  EXPECT_FALSE(is_eligible(instance));
  instance.weight = 1;
  instance.holds.emplace_back();
  EXPECT_FALSE(is_eligible(instance));
}

TEST(NodeRequest, label_keys_are_names) {
  EXPECT_TRUE(json::decode_text<NodeRequest>(R"({"labels":{"zone":"a b"}})", json::Mode::strict));
  EXPECT_FALSE(json::decode_text<NodeRequest>(R"({"labels":{"zo ne":"a"}})", json::Mode::strict));
}

}  // namespace
}  // namespace reeve::model
