#include "json/schema.hpp"

#include "json/testing/samples.hpp"

#include <gtest/gtest.h>

namespace reeve::json {
namespace {

template <class T>
Object definitions_of() {
  Definitions definitions;
  schema<T>(definitions);
  return definitions.take();
}

TEST(Schema, refers_to_structs_by_name) {
  Definitions definitions;

  EXPECT_EQ(schema<std::vector<sample::Service>>(definitions),
            *parse(R"({"type":"array","items":{"$ref":"#/components/schemas/Service"}})"));

  Object all = definitions.take();
  EXPECT_TRUE(all.contains("Service"));
  EXPECT_TRUE(all.contains("Instance"));
}

TEST(Schema, says_what_the_rules_say) {
  EXPECT_EQ(definitions_of<sample::Instance>().at("Instance"), *parse(R"({
    "type": "object",
    "properties": {
      "ip": {"type": "string", "minLength": 1, "maxLength": 45,
             "description": "IPv4 or IPv6 address"},
      "port": {"type": "integer", "minimum": 1, "maximum": 65535},
      "weight": {"type": "integer", "minimum": 0, "maximum": 1000,
                 "description": "share of the traffic", "default": 100},
      "status": {"type": "string", "enum": ["online", "offline", "default"], "default": "online"},
      "labels": {"type": "object", "additionalProperties": {"type": "string", "maxLength": 10},
                 "maxProperties": 3, "default": {}},
      "note": {"type": "string"}
    },
    "required": ["ip", "port"],
    "additionalProperties": false})"));
}

TEST(Schema, knows_text_forms_times_and_free_form) {
  Object service = definitions_of<sample::Service>().at("Service").as_object();
  Object& fields = service.at("properties").as_object();

  EXPECT_EQ(fields.at("check"), *parse(R"({"type":"string","pattern":"^[^:]+:[0-9]+$",
                                           "description":"a host and a port"})"));
  EXPECT_EQ(fields.at("created").at("format"), "date-time");
  EXPECT_EQ(fields.at("interval").at("default"), "10s");
  EXPECT_EQ(fields.at("revision").at("readOnly"), true);
  EXPECT_EQ(fields.at("name").at("pattern"), "^[A-Za-z0-9]");
  EXPECT_EQ(fields.at("extra"), Value(Object()));
}

TEST(Schema, marks_secrets_and_takes_recursive_types) {
  Object all = definitions_of<sample::Tree>();

  EXPECT_EQ(all.at("Login").at("properties").at("password").at("writeOnly"), true);
  EXPECT_FALSE(all.at("Login").at("properties").at("password").as_object().contains("default"));
  EXPECT_EQ(all.at("Tree").at("properties").at("children").at("items").at("$ref"),
            "#/components/schemas/Tree");
}

}  // namespace
}  // namespace reeve::json
