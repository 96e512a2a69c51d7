#include "cli/manifest.hpp"

#include <gtest/gtest.h>

namespace reeve::cli {
namespace {

// All faults, one a line.
std::string faults_of(std::string_view text, std::optional<std::string_view> kind = {}) {
  auto read = read_manifests(text, kind);
  if (read) return "";
  std::string all;
  for (const Fault& fault : read.error().faults) all += fault.message + "\n";
  return all.empty() ? read.error().what + "\n" : all;
}

json::Object fields_of(std::string_view text) {
  auto read = read_manifests(text);
  if (!read) {
    ADD_FAILURE() << read.error().what;
    return {};
  }
  return read->items.front().fields;
}

TEST(Manifest, holds_the_fields_that_it_names_and_no_others) {
  auto fields = fields_of("kind: service\nname: pay\ndescription: no\n");

  EXPECT_EQ(json::serialize(fields), R"({"description":"no"})");
}

TEST(Manifest, writes_what_it_names_with_the_types_of_the_api) {
  auto fields = fields_of(
      "kind: service\nname: pay\ngovernance: true\n"
      "instances:\n  - {ip: 10.0.0.1, port: 80, labels: {rack: 7}}\n");

  const auto& instance = fields.at("instances").as_array().at(0).as_object();
  EXPECT_EQ(fields.at("governance"), json::Value(true));
  EXPECT_EQ(instance.at("port"), json::Value(80));
  EXPECT_EQ(instance.at("labels").at("rack"), json::Value("7"));
}

TEST(Manifest, keeps_a_null_that_resets_a_field) {
  EXPECT_EQ(json::serialize(fields_of("{kind: service, name: pay, description: ~}")),
            R"({"description":null})");
}

TEST(Manifest, reads_several_documents_and_json) {
  auto read =
      read_manifests("kind: service\nname: a\n---\n{\"kind\": \"service\", \"name\": \"b\"}\n");

  ASSERT_TRUE(read) << read.error().what;
  ASSERT_EQ(read->items.size(), 2u);
  EXPECT_EQ(read->items.at(1).name, "b");
}

TEST(Manifest, takes_an_answer_of_the_api_back) {
  auto read = read_manifests(
      R"({"name": "pay", "uid": "x", "revision": 3, "description": "d", "instances": []})",
      "service");

  ASSERT_TRUE(read) << read.error().what;
  EXPECT_FALSE(read->items.front().fields.contains("uid"));
  EXPECT_TRUE(read->items.front().fields.contains("instances"));
}

TEST(Manifest, names_the_line_of_every_fault_in_every_document) {
  auto faults = faults_of(
      "kind: service\nname: a\ninstances:\n  - {ip: example.org, port: 80}\n"
      "  - {ip: 10.0.0.1, port: 0}\n---\nkind: service\nname: b\nweigth: 3\n");

  EXPECT_NE(faults.find("line 4"), std::string::npos) << faults;
  EXPECT_NE(faults.find("line 5"), std::string::npos) << faults;
  EXPECT_NE(faults.find("line 9"), std::string::npos) << faults;
}

TEST(Manifest, needs_a_kind_and_a_name) {
  EXPECT_NE(faults_of("name: pay\n").find("`kind`"), std::string::npos);
  EXPECT_NE(faults_of("kind: service\n").find("needs a name"), std::string::npos);
  EXPECT_NE(faults_of("kind: sevrice\nname: a\n").find("line 1, column 7"), std::string::npos);
  EXPECT_NE(faults_of("kind: job\nname: a\n", "service").find("unknown kind"), std::string::npos);
  EXPECT_NE(faults_of("just words").find("a map"), std::string::npos);
  EXPECT_NE(faults_of("").find("no manifest"), std::string::npos);
}

TEST(Manifest, names_the_sets_of_its_documents_also_of_an_empty_one) {
  auto read = read_manifests(
      "kind: service\nname: pay\nset: shop\n---\nkind: service\nname: mail\n---\nset: old\n");

  ASSERT_TRUE(read) << read.error().what;
  EXPECT_EQ(read->items.size(), 2u);
  EXPECT_EQ(read->items[0].fields.at("set"), "shop");
  EXPECT_EQ(read->sets, (std::set<std::string>{"old", "shop"}));
  EXPECT_NE(faults_of("set: a b\n").find("line 1"), std::string::npos);
  EXPECT_NE(faults_of("kind: service\nname: x\nset: a b\n").find("line 3"), std::string::npos);
}

TEST(Manifest, refuses_the_same_object_twice_whatever_its_case) {
  auto faults = faults_of("kind: service\nname: pay\n---\nkind: service\nname: PAY\n");

  EXPECT_NE(faults.find("line 5"), std::string::npos) << faults;
  EXPECT_NE(faults.find("twice"), std::string::npos) << faults;
}

}  // namespace
}  // namespace reeve::cli
