#include "link/window.hpp"

#include "link/piece.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace reeve::link {
namespace {

TEST(LinkWindow, keeps_what_is_under_way_below_the_window_whatever_the_sizes) {
  constexpr std::uint64_t kWindow = 64;
  ReceiveWindow receiver(kWindow);
  SendWindow sender(kWindow);
  std::uint64_t under_way = 0;
  for (std::uint64_t round = 1; round < 1000; ++round) {
    auto piece = std::min(sender.credit(), round % 17);
    sender.sent(piece);
    under_way += piece;
    ASSERT_TRUE(receiver.receive(piece));
    ASSERT_LE(under_way, kWindow);
    auto read = std::min(under_way, round % 13);
    under_way -= read;
    sender.add(receiver.read(read));
  }
  EXPECT_GT(sender.credit() + under_way, kWindow / 2) << "credit is never lost";
}

TEST(LinkWindow, knows_a_sender_who_takes_more_than_its_credit) {
  ReceiveWindow receiver(10);
  EXPECT_TRUE(receiver.receive(10));
  EXPECT_FALSE(receiver.receive(1));
  EXPECT_EQ(receiver.read(4), 0u);
  EXPECT_EQ(receiver.read(2), 6u);
  EXPECT_TRUE(receiver.receive(6));
  EXPECT_FALSE(receiver.receive(1));
}

TEST(LinkWindow, believes_no_credit_without_end) {
  SendWindow sender(~std::uint64_t{0});
  EXPECT_EQ(sender.credit(), SendWindow::kMost);
  sender.sent(5);
  sender.add(~std::uint64_t{0});
  EXPECT_EQ(sender.credit(), SendWindow::kMost);
}

TEST(LinkPiece, carries_its_call_and_any_bytes) {
  std::string bytes("a\0\xff", 3);
  auto frame = piece_frame(0x0102030405060708, bytes);
  auto piece = decode_piece(*frame);
  ASSERT_TRUE(piece);
  EXPECT_EQ(piece->call, 0x0102030405060708u);
  EXPECT_EQ(piece->bytes, bytes);
  EXPECT_EQ(frame->substr(0, 8), "\1\2\3\4\5\6\7\10");
  EXPECT_TRUE(decode_piece(*piece_frame(1, ""))->bytes.empty());
  EXPECT_FALSE(decode_piece("1234567"));
}

}  // namespace
}  // namespace reeve::link
