#include "agent/calls.hpp"

#include "async/testing/virtual_loop.hpp"
#include "link/codec.hpp"
#include "link/piece.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace reeve::agent {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

class CallsTest : public ::testing::Test {
 protected:
  CallsTest() {
    calls.add("sleep", [this](const json::Value&, Calls::Stream) { return sleep(); });
    calls.add("tell", [this](const json::Value& arguments, Calls::Stream stream) {
      return tell(std::string(arguments.at("text").as_string()), stream);
    });
  }
  ~CallsTest() override {
    auto stopped = loop.start(calls.stop(1s));
    loop.settle();
    EXPECT_TRUE(stopped.is_done() && stopped.value());
  }

  Task<Result<>> sleep() {
    auto slept = co_await loop.sleep_for(1h);
    how_sleeps_ended.push_back(slept ? "woke" : std::string(to_string(slept.error().code)));
    co_return slept;
  }
  Task<Result<>> tell(std::string text, Calls::Stream stream) {
    auto told = co_await stream.write(std::move(text));
    co_return told;
  }
  void call(std::uint64_t id, std::string method, Duration deadline = 5s,
            std::uint64_t credit = 1024, json::Object arguments = {}) {
    link::Message message;
    message.call = link::Call{id, std::move(method), deadline, credit, std::move(arguments), {}};
    calls.on_message(message);
    loop.settle();
  }
  void cancel(std::uint64_t id) {
    link::Message message;
    message.cancel = link::Cancel{id, {}};
    calls.on_message(message);
    loop.settle();
  }
  void credit(std::uint64_t id, std::uint64_t bytes) {
    link::Message message;
    message.credit = link::Credit{id, bytes, {}};
    calls.on_message(message);
    loop.settle();
  }
  void sent(const net::Frame& frame, net::FrameKind kind) {
    if (kind == net::FrameKind::binary) {
      auto piece = link::decode_piece(*frame).value();
      streams[piece.call] += piece.bytes;
    } else {
      answers.push_back(*link::decode_message(*frame, kind).value().answer);
    }
  }

  async::testing::VirtualLoop loop;
  std::map<std::uint64_t, std::string> streams;
  std::vector<link::Answer> answers;
  std::vector<std::string> how_sleeps_ended;
  Calls calls{loop, [this](net::Frame frame, net::FrameKind kind) { sent(frame, kind); }};
};

TEST_F(CallsTest, answer_with_a_stream_and_its_end) {
  call(7, "tell", 5s, 1024, {{"text", "all is well"}});

  EXPECT_EQ(streams[7], "all is well");
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].id, 7u);
  EXPECT_FALSE(answers[0].code);
}

TEST_F(CallsTest, send_no_more_than_there_is_credit_for_and_hold_up_nobody_else) {
  call(1, "tell", 5s, 10, {{"text", std::string(25, 'x')}});
  EXPECT_EQ(streams[1].size(), 10u);
  call(2, "tell", 5s, 10, {{"text", "quick"}});
  EXPECT_EQ(streams[2], "quick");
  ASSERT_EQ(answers.size(), 1u);

  credit(1, 10);
  EXPECT_EQ(streams[1].size(), 20u);
  credit(1, 10);
  EXPECT_EQ(streams[1].size(), 25u);
  EXPECT_EQ(answers.size(), 2u);
}

TEST_F(CallsTest, end_at_the_deadline_and_say_so) {
  call(1, "sleep", 5s);
  loop.advance(4s);
  EXPECT_TRUE(answers.empty());
  loop.advance(2s);

  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].code, "timeout");
  EXPECT_EQ(how_sleeps_ended, std::vector<std::string>{"cancelled"});
  EXPECT_EQ(calls.running(), 0u);
}

TEST_F(CallsTest, end_when_cancelled_and_say_nothing) {
  call(1, "sleep");
  call(2, "tell", 5s, 3, {{"text", "waits for credit"}});
  cancel(1);
  cancel(2);
  loop.settle();

  EXPECT_EQ(calls.running(), 0u);
  EXPECT_TRUE(answers.empty());
  EXPECT_EQ(how_sleeps_ended.size(), 1u);
  cancel(99);  // one that is over
}

TEST_F(CallsTest, end_when_the_connection_does) {
  call(1, "sleep");
  calls.on_lost();
  loop.settle();
  EXPECT_EQ(calls.running(), 0u);

  call(1, "tell", 5s, 1024, {{"text", "the next connection's"}});
  EXPECT_EQ(streams[1], "the next connection's");
  EXPECT_EQ(answers.size(), 1u);
}

TEST_F(CallsTest, refuse_what_they_do_not_know_and_more_than_may_run) {
  call(1, "dance");
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].code, "unsupported");
  EXPECT_THAT(*answers[0].message, HasSubstr("\"dance\""));

  for (std::uint64_t id = 2; id < 2 + Calls::kMost; ++id) call(id, "sleep");
  EXPECT_EQ(answers.size(), 1u);
  call(99, "sleep");
  ASSERT_EQ(answers.size(), 2u);
  EXPECT_EQ(answers[1].code, "too_many");
  EXPECT_EQ(calls.running(), Calls::kMost);
}

}  // namespace
}  // namespace reeve::agent
