#include "json/testing/samples.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace reeve::json {
namespace {

using namespace std::chrono_literals;
using sample::Instance;
using sample::Login;
using sample::Service;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// The faults as "field: message".
template <class T>
std::vector<std::string> faults_of(std::string_view text, Mode mode = Mode::strict) {
  Result<T> result = decode_text<T>(text, mode);
  std::vector<std::string> found;
  if (result) return found;
  for (const Fault& fault : result.error().faults)
    found.push_back(fault.field + ": " + fault.message);
  return found;
}

TEST(Decode, reads_every_kind_of_type) {
  Result<Service> service = decode_text<Service>(R"({
    "name": "api", "enabled": false, "ratio": 1, "interval": "1m30s",
    "instances": [{"ip": "10.0.0.1", "port": 80.0, "weight": 5, "status": "default",
                   "labels": {"a": "b"}, "note": "x"}, {"ip": "::1", "port": 65535, "note": null}],
    "created": "2026-01-02T03:04:05.678Z", "check": "db:5432",
    "extra": [1, {"x": null}], "annotations": {"y": 2.5}, "small": [-128, null, 127]})",
                                                 Mode::strict);

  ASSERT_TRUE(service) << service.error().what;
  ASSERT_EQ(service->instances.size(), 2u);
  EXPECT_EQ(service->instances[0],
            (Instance{"10.0.0.1", 80, 5, sample::Status::default_, {{"a", "b"}}, "x"}));
  EXPECT_EQ(service->instances[1].weight, 100);
  EXPECT_FALSE(service->enabled);
  EXPECT_EQ(service->ratio, 1.0);
  EXPECT_EQ(service->interval, 90s);
  EXPECT_EQ(service->created.time_since_epoch(), 1767323045678ms);
  EXPECT_EQ(service->check, (sample::Endpoint{"db", "5432"}));
  EXPECT_EQ(service->extra, *parse(R"([1, {"x": null}])"));
  EXPECT_EQ(service->annotations.at("y").as_double(), 2.5);
  EXPECT_THAT(service->small, ElementsAre(-128, std::nullopt, 127));
}

TEST(Decode, missing_and_null_keep_the_initializer) {
  Result<Service> service =
      decode_text<Service>(R"({"name":"a","interval":null,"enabled":null})", Mode::strict);

  ASSERT_TRUE(service);
  EXPECT_EQ(service->interval, 10s);
  EXPECT_TRUE(service->enabled);
}

TEST(Decode, collects_every_fault_with_its_pointer) {
  EXPECT_THAT(
      faults_of<Service>(R"({"name":"","enabled":"yes","ratio":1.5,"check":"nope","interval":"2h",
        "instances":[{"ip":1,"port":0,"weight":"x","status":"off","labels":{"a/b~":"0123456789ab"}},
                     [],{"port":65536,"prot":1}],"small":[128],"created":"yesterday"})"),
      ElementsAre("/name: expected 1 to 63 characters, got \"\"",
                  "/instances/0/ip: expected a string, got 1",
                  "/instances/0/port: expected an integer from 1 to 65535, got 0",
                  "/instances/0/weight: expected an integer from 0 to 1000, got \"x\"",
                  "/instances/0/status: expected one of \"online\", \"offline\", \"default\", got "
                  "\"off\"",
                  "/instances/0/labels/a~1b~0: expected at most 10 characters, got "
                  "\"0123456789ab\"",
                  "/instances/1: expected an object, got an array",
                  "/instances/2/ip: the field \"ip\" is required",
                  "/instances/2/port: expected an integer from 1 to 65535, got 65536",
                  "/instances/2/prot: unknown field \"prot\" (did you mean \"port\"?)",
                  "/enabled: expected true or false, got \"yes\"",
                  "/ratio: expected a number from 0 to 1, got 1.5",
                  "/interval: expected a duration from 1s to 1h, got \"2h\"",
                  "/created: expected a time such as \"2026-01-02T03:04:05Z\", got \"yesterday\"",
                  "/check: expected host:port, got \"nope\"",
                  "/small/0: expected an integer from -128 to 127, got 128"));
}

TEST(Decode, the_error_is_the_first_fault_with_the_code_invalid) {
  Error error = decode_text<Service>(R"({"name":1,"x":2})", Mode::strict).error();

  EXPECT_EQ(error.code, Errc::invalid);
  EXPECT_EQ(error.field, "/name");
  EXPECT_EQ(error.faults.size(), 2u);
  EXPECT_EQ(error.faults[0].code, "invalid");
}

TEST(Decode, stops_listing_at_a_hundred_faults) {
  std::string text = "[1";
  for (int i = 0; i < 500; ++i) text += ",1";

  Error error = decode_text<std::vector<std::string>>(text + "]", Mode::strict).error();

  EXPECT_EQ(error.faults.size(), 100u);
}

TEST(Decode, shortens_what_it_quotes) {
  std::string text = "\"" + std::string(100'000, 'x') + "\"";

  EXPECT_LT(decode_text<int>(text, Mode::strict).error().what.size(), 200u);
  std::string key = "{\"" + std::string(100'000, 'k') + "\":1}";
  Error error = decode_text<Instance>(key, Mode::strict).error();
  for (const Fault& fault : error.faults) EXPECT_LT(fault.field.size(), 300u);
}

TEST(Decode, numbers_do_not_wrap_or_round) {
  EXPECT_TRUE(faults_of<std::int64_t>("9223372036854775807").empty());
  EXPECT_TRUE(faults_of<std::uint64_t>("18446744073709551615").empty());
  for (std::string_view text : {"9223372036854775808", "-9223372036854775809", "1.5", "1e30",
                                "\"1\"", "true", "null", "9007199254740994.0"})
    EXPECT_EQ(faults_of<std::int64_t>(text).size(), 1u) << text;
  for (std::string_view text : {"-1", "18446744073709551616", "-0.5"})
    EXPECT_EQ(faults_of<std::uint64_t>(text).size(), 1u) << text;
  EXPECT_EQ(*decode_text<int>("1e3", Mode::strict), 1000);
}

TEST(Decode, bounds_the_number_of_elements) {
  EXPECT_THAT(faults_of<Service>(R"({"name":"a","instances":[1,2,3,4,5]})"),
              ElementsAre("/instances: expected at most 4 elements, got 5"));
}

TEST(Decode, counts_characters_not_bytes) {
  std::string three_bytes_each;
  for (int i = 0; i < 63; ++i) three_bytes_each += "中";

  EXPECT_TRUE(decode_text<Service>("{\"name\":\"" + three_bytes_each + "\"}", Mode::strict));
  EXPECT_FALSE(decode_text<Service>("{\"name\":\"" + three_bytes_each + "中\"}", Mode::strict));
}

TEST(Decode, lenient_keeps_what_it_does_not_know_and_writes_it_again) {
  constexpr std::string_view kText =
      R"({"name":"a","instances":[{"ip":"x","port":1,"later":1}],"later":{"deep":[1,null]}})";
  Result<Service> service = decode_text<Service>(kText, Mode::lenient);

  ASSERT_TRUE(service) << service.error().what;
  EXPECT_EQ(service->unknown, *parse(R"({"later":{"deep":[1,null]}})"));
  EXPECT_THAT(encode_text(*service), HasSubstr(R"("later":{"deep":[1,null]})"));
  EXPECT_EQ(*decode_text<Service>(encode_text(*service), Mode::lenient), *service);
}

TEST(Decode, strict_ignores_read_only_fields_and_lenient_reads_them) {
  constexpr std::string_view kText = R"({"name":"a","revision":7})";

  EXPECT_EQ(decode_text<Service>(kText, Mode::strict)->revision, 0u);
  EXPECT_EQ(decode_text<Service>(kText, Mode::lenient)->revision, 7u);
}

TEST(Decode, checks_across_fields) {
  constexpr std::string_view kTwice =
      R"({"name":"a","instances":[{"ip":"x","port":1},{"ip":"x","port":1}]})";

  Error error = decode_text<Service>(kTwice, Mode::strict).error();

  EXPECT_EQ(error.field, "/instances/1");
  EXPECT_EQ(error.code, Errc::exists);
}

TEST(Decode, cross_field_checks_are_silent_where_a_value_could_not_be_read) {
  EXPECT_THAT(
      faults_of<Service>(R"({"name":"","instances":[{"ip":"x","port":0},{"ip":"x","port":-1}]})"),
      ElementsAre(HasSubstr("/name"), HasSubstr("/instances/0/port"),
                  HasSubstr("/instances/1/port")));
}

TEST(Decode, faults_never_quote_a_secret) {
  for (std::string_view text :
       {R"({"password":12345})", R"({"password":"12345 is far too long a password"})",
        R"({"tokens":{"a":12345}})", R"({"pin":"12345"})", R"({"pin":12345.5})"}) {
    std::vector<std::string> faults = faults_of<Login>(text);
    ASSERT_EQ(faults.size(), 1u) << text;
    EXPECT_EQ(faults[0].find("12345"), std::string::npos) << faults[0];
  }
}

TEST(Decode, reads_inherited_fields_and_drops_a_trailing_underscore) {
  Result<sample::Derived> derived =
      decode_text<sample::Derived>(R"({"first":3,"second":4})", Mode::strict);

  ASSERT_TRUE(derived);
  EXPECT_EQ(derived->first, 3);
  EXPECT_EQ(derived->second_, 4);
}

TEST(Decode, passes_on_what_the_parser_refused) {
  EXPECT_EQ(decode_text<Service>(std::string(10'000, '['), Mode::strict).error().code,
            Errc::invalid);
  EXPECT_EQ(decode_text<int>("123", Mode::strict, {.bytes = 2}).error().code, Errc::too_large);
}

}  // namespace
}  // namespace reeve::json
