#include "link/codec.hpp"

#include "link/digest.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace reeve::link {
namespace {

using net::FrameKind;
using testing::HasSubstr;

model::ServiceList pay_list() {
  model::ServiceList list;
  list.service = "pay";
  list.uid = "u1";
  list.cluster = "c";
  list.epoch = 1;
  list.version = 7;
  list.revision = 3;
  list.description = "pays \"all\"";
  list.instances.push_back(
      {.ip = *IpAddress::parse("10.0.0.1"), .port = 80, .labels = {}, .ports = {}, .unknown = {}});
  list.outputs = model::default_outputs();
  return list;
}

TEST(LinkCodec, reads_what_it_wrote) {
  Message message;
  message.heartbeat = Heartbeat{.sequence = 17, .unknown = {}};

  auto read = decode_message(*frame_of(message), FrameKind::text);

  ASSERT_TRUE(read) << read.error().what;
  ASSERT_TRUE(read->heartbeat);
  EXPECT_EQ(read->heartbeat->sequence, 17u);
  EXPECT_FALSE(read->hello);
}

TEST(LinkCodec, builds_a_spec_of_encoded_lists_as_if_it_encoded_it_whole) {
  auto list = pay_list();
  auto text = json::encode_text(list);
  Message message;
  model::PlacedProgram program;
  program.uid = "u-web";
  program.name = "web";
  program.command.arguments = {"serve"};
  auto encoded = json::encode_text(program);
  message.spec = Spec{"c", 1, 9, false, {{list_digest(text), list, {}}}, {"gone", "a\"b"}, {}, {}};
  message.spec->programs = {{list_digest(encoded), program}};

  SpecParts parts{{upsert_text(list_digest(text), text)}, {"gone", "a\"b"}, {}};
  parts.programs = {program_text(list_digest(encoded), encoded)};
  auto frame = spec_frame({"c", 1, 9}, SpecKind::delta, parts);

  EXPECT_EQ(*frame, *frame_of(message));
}

TEST(LinkCodec, builds_an_empty_whole_spec) {
  auto frame = spec_frame({"c", 1, 9}, SpecKind::whole, {});

  auto read = decode_message(*frame, FrameKind::text);

  ASSERT_TRUE(read && read->spec);
  EXPECT_TRUE(read->spec->whole);
  EXPECT_TRUE(read->spec->upserts.empty());
}

TEST(LinkCodec, keeps_fields_that_it_does_not_know) {
  auto read =
      decode_message(R"({"heartbeat":{"sequence":1,"load":0.5},"trace":"x"})", FrameKind::text);

  ASSERT_TRUE(read);
  EXPECT_EQ(*frame_of(*read), R"({"heartbeat":{"sequence":1,"load":0.5},"trace":"x"})");
}

TEST(LinkCodec, knows_a_message_without_a_known_member_as_one_to_skip) {
  auto read = decode_message(R"({"upgrade":{"id":1}})", FrameKind::text);

  ASSERT_TRUE(read);
  EXPECT_FALSE(is_known(*read));
}

TEST(LinkCodec, refuses_what_is_no_message) {
  for (std::string_view frame :
       {"", "x", "[]", "17", R"({"hello":3})", R"({"heartbeat":{"sequence":-1}})",
        R"({"heartbeat":{},"goodbye":{}})"}) {
    auto read = decode_message(frame, FrameKind::text);
    ASSERT_FALSE(read) << frame;
    EXPECT_EQ(read.error().code, Errc::invalid) << frame;
  }
  EXPECT_THAT(decode_message("{}", FrameKind::binary).error().what, HasSubstr("binary frame"));
}

TEST(LinkCodec, refuses_a_deep_message_without_harm) {
  std::string deep =
      R"({"report":{"x":)" + std::string(10'000, '[') + std::string(10'000, ']') + "}}";

  EXPECT_FALSE(decode_message(deep, FrameKind::text));
}

TEST(LinkCodec, says_goodbye_with_the_code_and_the_sentence) {
  auto goodbye = goodbye_of(Error{Errc::unsupported, "too old", "", {}});

  EXPECT_EQ(*frame_of(goodbye), R"({"goodbye":{"code":"unsupported","message":"too old"}})");
}

TEST(LinkCodec, a_list_of_a_newer_version_that_is_not_understood_is_a_fault_of_its_own_alone) {
  auto message = decode_message(
      R"({"spec":{"cluster":"c1","epoch":1,"version":12,"whole":true,"upserts":[
          {"digest":"d1","list":{"service":"pay","uid":"u-pay","cluster":"c1","version":12,
            "instances":[],"outputs":[{"format":"toml","signals":["HUP"]}]}},
          {"digest":"d2","list":{"service":"mail","uid":"u-mail","cluster":"c1","version":11,
            "instances":[],"outputs":[{"format":"json","rotate":{"keep":3}}]}}],
          "removals":[],"shard":"a"}})",
      net::FrameKind::text);

  ASSERT_TRUE(message) << message.error().what;
  ASSERT_TRUE(message->spec);
  const auto& upserts = message->spec->upserts;
  ASSERT_EQ(upserts.size(), 2U);
  EXPECT_EQ(upserts[0].digest, "d1");
  EXPECT_EQ(upserts[0].list.uid, "u-pay");
  EXPECT_NE(upserts[0].fault.value_or("").find("toml"), std::string::npos);
  EXPECT_EQ(upserts[1].fault, std::nullopt);
  EXPECT_EQ(upserts[1].list.outputs.at(0).unknown.at("rotate").at("keep"), 3);
  EXPECT_EQ(message->spec->unknown.at("shard"), "a");
}

TEST(LinkCodec, a_program_of_a_newer_version_that_is_not_understood_is_a_fault_of_its_own_alone) {
  auto message = decode_message(
      R"({"spec":{"cluster":"c1","epoch":1,"version":12,"whole":true,"upserts":[],"removals":[],
          "programs":[
          {"digest":"d1","program":{"uid":"u-web","name":"web","command":{"wasm":"x"}}},
          {"digest":"d2","program":{"uid":"u-api","name":"api","command":["api"],"gpu":1}}]}})",
      net::FrameKind::text);

  ASSERT_TRUE(message) << message.error().what;
  const auto& programs = message->spec->programs.value();
  ASSERT_EQ(programs.size(), 2U);
  EXPECT_EQ(programs[0].program.uid, "u-web");
  EXPECT_EQ(programs[0].digest, "d1");
  EXPECT_NE(programs[0].fault.value_or("").find("wasm"), std::string::npos);
  EXPECT_EQ(programs[1].fault, std::nullopt);
  EXPECT_EQ(programs[1].program.unknown.at("gpu"), 1);
}

TEST(LinkCodec, what_is_no_spec_or_cannot_be_answered_is_refused_whole) {
  auto nameless = R"({"spec":{"upserts":[{"digest":"d","list":{"uid":7}}]}})";
  auto twice = R"({"spec":{"upserts":[{"list":{"uid":"u","instances":1}}]},"heartbeat":{}})";

  EXPECT_FALSE(decode_message(nameless, net::FrameKind::text));
  EXPECT_FALSE(decode_message(twice, net::FrameKind::text));
  EXPECT_FALSE(decode_message(R"({"spec":{"upserts":7}})", net::FrameKind::text));
  EXPECT_FALSE(decode_message(R"({"spec":[]})", net::FrameKind::text));
}

}  // namespace
}  // namespace reeve::link
