#include "manager/gateway/session_event.hpp"

#include <gtest/gtest.h>

namespace reeve::manager {
namespace {

std::string applied(std::uint64_t version) {
  link::Message message;
  message.applied = link::Applied{version, "d", {}, {}, {}};
  return *link::frame_of(message);
}

MessagePtr message_of(const SessionWord& word) {
  const auto* message = std::get_if<MessagePtr>(&word);
  return message ? *message : nullptr;
}

TEST(FrameReader, decodes_an_answer_once_for_all_who_give_the_same) {
  FrameReader reader;
  auto first = message_of(reader.read(applied(7), net::FrameKind::text));
  auto second = message_of(reader.read(applied(7), net::FrameKind::text));
  ASSERT_TRUE(first);
  EXPECT_EQ(first, second);
  EXPECT_EQ(second->applied->version, 7U);
}

TEST(FrameReader, takes_no_answer_for_another) {
  FrameReader reader;
  reader.read(applied(7), net::FrameKind::text);
  auto other = message_of(reader.read(applied(8), net::FrameKind::text));
  ASSERT_TRUE(other);
  EXPECT_EQ(other->applied->version, 8U);
  auto binary = reader.read(applied(8), net::FrameKind::binary);
  EXPECT_FALSE(message_of(binary)) << "the same bytes are no message in a binary frame";
}

TEST(FrameReader, keeps_what_is_no_answer_to_a_push_for_nobody) {
  FrameReader reader;
  link::Message message;
  message.report = link::Report{};
  auto frame = *link::frame_of(message);
  auto first = message_of(reader.read(frame, net::FrameKind::text));
  auto second = message_of(reader.read(frame, net::FrameKind::text));
  ASSERT_TRUE(first);
  EXPECT_NE(first, second);
}

TEST(FrameReader, tells_signs_of_life_and_garbage_from_messages) {
  FrameReader reader;
  auto heartbeat = reader.read(R"({"heartbeat":{"sequence":1}})", net::FrameKind::text);
  EXPECT_TRUE(std::holds_alternative<SignOfLife>(heartbeat));
  auto newer = reader.read(R"({"of a later build":{}})", net::FrameKind::text);
  EXPECT_TRUE(std::holds_alternative<SignOfLife>(newer));
  EXPECT_TRUE(std::holds_alternative<Error>(reader.read("{", net::FrameKind::text)));
}

}  // namespace
}  // namespace reeve::manager
