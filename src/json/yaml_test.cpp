#include "json/yaml.hpp"

#include "json/testing/samples.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace reeve::json {
namespace {

using sample::Service;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

template <class T>
Result<T> read_one(std::string_view text) {
  TRY_ASSIGN(auto documents, parse_yaml(text));
  if (documents.size() != 1) return fail(Errc::invalid, "{} documents", documents.size());
  return decode<T>(documents.front(), Mode::strict);
}

std::string problem_of(std::string_view text, const Limits& limits = {}) {
  auto documents = parse_yaml(text, limits);
  return documents ? "accepted" : documents.error().what;
}

TEST(Yaml, the_type_of_the_field_decides) {
  Result<Service> service = read_one<Service>(R"(
name: no
enabled: false
ratio: 1
interval: 1m30s
created: 2026-01-02T03:04:05Z
check: db:5432
instances:
  - {ip: 10.0.0.1, port: 80, note: 1.10}
  - ip: ::1
    port: 443
    labels: {version: 2, on: yes}
    note: ~
extra: [1, "1", yes, true, 007, 1.50, null, {a: }]
)");

  ASSERT_TRUE(service) << service.error().what;
  EXPECT_EQ(service->name, "no");
  EXPECT_FALSE(service->enabled);
  EXPECT_EQ(service->interval, std::chrono::seconds(90));
  EXPECT_EQ(service->instances[0].note, "1.10");
  EXPECT_EQ(service->instances[0].port, 80);
  EXPECT_EQ(service->instances[1].labels.at("version"), "2");
  EXPECT_EQ(service->instances[1].labels.at("on"), "yes");
  EXPECT_EQ(service->instances[1].note, std::nullopt);
  EXPECT_EQ(service->extra, *parse(R"([1, "1", "yes", true, "007", 1.5, null, {"a": null}])"));
}

TEST(Yaml, faults_carry_line_and_column) {
  Result<Service> service = read_one<Service>(
      "name: api\nenabled: yes\ninstances:\n  - ip: x\n    port: \"80\"\n  - port: 0x50\nratoi: "
      "1\n");

  ASSERT_FALSE(service);
  std::vector<std::string> found;
  for (const Fault& fault : service.error().faults)
    found.push_back(fault.field + ": " + fault.message);
  EXPECT_THAT(
      found,
      ElementsAre(
          "/instances/0/port: line 5, column 11: expected an integer from 1 to 65535, got \"80\"",
          "/instances/1/ip: line 6, column 5: the field \"ip\" is required",
          "/instances/1/port: line 6, column 11: expected an integer from 1 to 65535, got \"0x50\"",
          "/enabled: line 2, column 10: expected true or false, got \"yes\"",
          "/ratoi: line 7, column 8: unknown field \"ratoi\" (did you mean \"ratio\"?)"));
}

TEST(Yaml, json_text_is_yaml_too) {
  Result<Service> service = read_one<Service>(
      R"({"name": "a", "enabled": true, "instances": [{"ip": "x", "port": 1, "note": null}]})");

  ASSERT_TRUE(service) << service.error().what;
  EXPECT_EQ(service->instances[0].port, 1);
}

TEST(Yaml, reads_several_documents_and_leaves_out_empty_ones) {
  auto documents = parse_yaml("---\na: 1\n---\n# nothing\n---\nb: 2\n...\n");

  ASSERT_TRUE(documents) << documents.error().what;
  ASSERT_EQ(documents->size(), 2u);
  EXPECT_EQ((*documents)[1].value, *parse(R"({"b":"2"})"));
  EXPECT_EQ((*documents)[1].mark.children[0].line, 6u);
  EXPECT_EQ(parse_yaml("")->size(), 0u);
}

TEST(Yaml, takes_anchors_block_text_and_core_tags) {
  auto documents =
      parse_yaml("a: &x [1, two]\nb: *x\nc: |\n  l1\n  l2\nd: !!str 5\ne: !!int \"5\"\n");

  ASSERT_TRUE(documents) << documents.error().what;
  const Document& document = documents->front();
  EXPECT_EQ(resolve(document.value, document.mark),
            *parse(R"({"a":[1,"two"],"b":[1,"two"],"c":"l1\nl2\n","d":"5","e":5})"));
}

TEST(Yaml, refuses_what_is_ambiguous_or_foreign) {
  EXPECT_THAT(problem_of("a: 1\nb: {c: 1, c: 2}\n"),
              HasSubstr("line 2, column 11: the key \"c\" is given twice"));
  EXPECT_EQ(parse_yaml("a: 1\nb: {c: 1, c: 2}\n").error().field, "/b/c");
  EXPECT_THAT(problem_of("? [a]\n: b\n"), HasSubstr("expected a text as the key"));
  EXPECT_THAT(problem_of("a: !mine b\n"), HasSubstr("unknown tag \"!mine\""));
  EXPECT_THAT(problem_of("a: [1\n"), HasSubstr("expected YAML"));
  EXPECT_THAT(problem_of("a: *nowhere\n"), HasSubstr("line 1"));
  EXPECT_THAT(problem_of("a: b\n\tc: d\n"), HasSubstr("line "));
  EXPECT_THAT(problem_of("a: \xff\n"), HasSubstr("line 1, column 4: expected UTF-8"));
  EXPECT_THAT(problem_of("a: 1\nb: \x04\nc: 3\n"), HasSubstr("got the byte \\x04"));
  EXPECT_THAT(problem_of("&a [*a]\n"), HasSubstr("an alias stands inside what it refers to"));
}

TEST(Yaml, aliases_cost_what_they_stand_for) {
  std::string bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n";
  for (char name = 'b'; name <= 'i'; ++name) {
    std::string inner(1, static_cast<char>(name - 1));
    bomb += std::string(1, name) + ": &" + name + " [*" + inner;
    for (int i = 0; i < 8; ++i) bomb += ",*" + inner;
    bomb += "]\n";
  }
  std::string long_text = "- &a " + std::string(1 << 20, 'x') + "\n";
  for (int i = 0; i < 40; ++i) long_text += "- *a\n";

  EXPECT_THAT(problem_of(bomb), HasSubstr("expected at most 200000 values"));
  EXPECT_THAT(problem_of(long_text), HasSubstr("expected at most 16777216 bytes of text"));
}

TEST(Yaml, bounds_depth_and_size) {
  std::string flow(10'000, '[');
  std::string block;
  for (int i = 0; i < 5'000; ++i) block += "- ";
  std::string alias_depth = "a0: &a0 [x]\n";
  for (int i = 1; i < 100; ++i) {
    std::string name = "a" + std::to_string(i);
    alias_depth += name + ": &" + name + " [*a" + std::to_string(i - 1) + "]\n";
  }

  EXPECT_THAT(problem_of(flow), HasSubstr("at most 64 levels"));
  EXPECT_THAT(problem_of(block + "x"), HasSubstr("at most 64 levels"));
  EXPECT_THAT(problem_of(alias_depth), HasSubstr("at most 64 levels"));
  EXPECT_EQ(parse_yaml("a: b", {.bytes = 3}).error().code, Errc::too_large);
}

TEST(Yaml, quoted_words_are_text) {
  EXPECT_EQ(*read_one<std::vector<std::string>>("['~', \"null\", 'true', '']"),
            (std::vector<std::string>{"~", "null", "true", ""}));
  EXPECT_FALSE(read_one<bool>("'true'"));
}

}  // namespace
}  // namespace reeve::json
