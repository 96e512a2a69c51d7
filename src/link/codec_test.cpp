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
  message.spec = Spec{"c", 1, 9, false, {{list_digest(text), list, {}}}, {"gone", "a\"b"}, {}};

  auto frame = spec_frame({"c", 1, 9}, SpecKind::delta, {upsert_text(list_digest(text), text)},
                          {"gone", "a\"b"});

  EXPECT_EQ(*frame, *frame_of(message));
}

TEST(LinkCodec, builds_an_empty_whole_spec) {
  auto frame = spec_frame({"c", 1, 9}, SpecKind::whole, {}, {});

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

}  // namespace
}  // namespace reeve::link
