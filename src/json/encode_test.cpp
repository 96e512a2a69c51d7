#include "json/testing/samples.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <cmath>

namespace rc {

template <>
struct Arbitrary<reeve::sample::Instance> {
  static Gen<reeve::sample::Instance> arbitrary() {
    using reeve::sample::Instance;
    using reeve::sample::Status;
    auto word = gen::resize(5, gen::container<std::string>(gen::inRange<char>(1, 127)));
    auto labels = gen::resize(3, gen::container<std::map<std::string, std::string>>(word, word));
    auto note = gen::map(word, [](std::string text) {
      return text.size() % 2 == 0 ? std::nullopt : std::optional(std::move(text));
    });
    return gen::build<Instance>(
        gen::set(&Instance::ip,
                 gen::suchThat(word, [](const auto& text) { return !text.empty(); })),
        gen::set(&Instance::port, gen::inRange<std::uint16_t>(1, 65535)),
        gen::set(&Instance::weight, gen::inRange(0, 1001)),
        gen::set(&Instance::status, gen::element(Status::online, Status::default_)),
        gen::set(&Instance::labels, labels), gen::set(&Instance::note, note));
  }
};

}  // namespace rc

namespace reeve::json {
namespace {

using sample::Login;
using sample::Service;

std::string fake_hash(std::string_view secret) { return "sha256:" + std::to_string(secret.size()); }

TEST(Encode, writes_all_but_empty_optionals_and_null) {
  sample::Instance instance;
  instance.ip = "10.0.0.1";
  instance.port = 80;
  Service service;
  service.name = "a\n\"b\"";
  service.small = {1, std::nullopt};

  EXPECT_EQ(encode_text(instance),
            R"({"ip":"10.0.0.1","port":80,"weight":100,"status":"online","labels":{}})");
  EXPECT_EQ(
      encode_text(service),
      R"({"name":"a\n\"b\"","instances":[],"enabled":true,"ratio":0.5,"interval":"10s",)"
      R"("created":"1970-01-01T00:00:00.000Z","revision":0,"annotations":{},"small":[1,null]})");
}

TEST(Encode, writes_a_number_that_is_no_enumerator_as_an_empty_name) {
  EXPECT_EQ(encode_text(static_cast<sample::Status>(99)), "\"\"");
}

TEST(Encode, shows_people_a_fingerprint_of_each_secret) {
  Login login{"ann", "hunter2", {{"ci", "abc"}, {"none", ""}}, 1234};

  EXPECT_EQ(
      encode_text(login, Secrets{fake_hash}),
      R"({"user":"ann","password":{"fingerprint":"sha256:7"},)"
      R"("tokens":{"ci":{"fingerprint":"sha256:3"},"none":""},"pin":{"fingerprint":"sha256:4"}})");
  EXPECT_EQ(*decode_text<Login>(encode_text(login, kShowSecrets), Mode::strict), login);
}

TEST(Encode, knows_which_types_hold_secrets) {
  static_assert(!holds_secret<Service>());
  static_assert(holds_secret<Login>());
  static_assert(holds_secret<std::vector<std::optional<sample::Tree>>>());
}

TEST(Encode, as_a_value_is_the_same_as_the_text) {
  Service service;
  service.name = "a";
  service.instances.resize(2);

  EXPECT_EQ(serialize(encode(service)), encode_text(service));
}

RC_GTEST_PROP(Encode, and_decode_bring_back_the_same_struct,
              (std::vector<sample::Instance> instances, std::int64_t interval, std::int64_t created,
               double ratio, std::uint64_t revision, bool enabled)) {
  Service service;
  service.name = "a";
  instances.resize(std::min<std::size_t>(instances.size(), 4));
  for (std::size_t i = 0; i < instances.size(); ++i) {
    service.instances.push_back(instances[i]);
    service.instances[i].port = static_cast<std::uint16_t>(i + 1);
  }
  service.interval =
      std::chrono::seconds(1) + std::chrono::nanoseconds(std::abs(interval % 1'000'000'007));
  service.created = WallTime(std::chrono::nanoseconds(created));
  service.ratio = std::abs(std::fmod(ratio, 1.0));
  service.revision = revision;
  service.enabled = enabled;

  Result<Service> read = decode_text<Service>(encode_text(service), Mode::lenient);

  RC_ASSERT(read.has_value());
  RC_ASSERT(*read == service);
}

RC_GTEST_PROP(Encode, writes_any_bytes_as_valid_json, (const std::string& bytes)) {
  RC_ASSERT(decode_text<std::string>(encode_text(bytes), Mode::strict).has_value());
}

}  // namespace
}  // namespace reeve::json
