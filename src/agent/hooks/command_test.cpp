#include "agent/hooks/command.hpp"

#include "async/testing/virtual_loop.hpp"
#include "model/on_disk.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <thread>

namespace reeve::agent {
namespace {

using namespace std::chrono_literals;
using ::testing::EndsWith;
using ::testing::HasSubstr;

class HookCommandTest : public ::testing::Test {
 protected:
  async::testing::Outcome<HookEnd> start(const std::string& script) {
    HookCommand command{{"/bin/sh", "-c", script}, {"PATH=/usr/bin:/bin"}, std::nullopt};
    return loop.start(run_command(loop, pool, std::move(command), {}));
  }
  /// Real programs take real time; the loop's clock stands still.
  void until(const std::function<bool()>& done) {
    while (!done()) {
      loop.settle();
      std::this_thread::yield();
    }
  }
  HookEnd run(const std::string& script) {
    auto outcome = start(script);
    until([&] { return outcome.is_done(); });
    return outcome.value();
  }

  async::testing::VirtualLoop loop;
  async::BlockingPool pool{1};
};

TEST_F(HookCommandTest, keeps_what_was_printed_and_how_it_ended) {
  auto well = run("echo fine");
  auto failed = run("echo no >&2; exit 4");
  auto killed = run("kill -TERM $$");

  EXPECT_EQ(well.output, "fine\n");
  EXPECT_EQ(well.exit_code, 0);
  EXPECT_EQ(failed.output, "no\n");
  EXPECT_EQ(failed.exit_code, 4);
  EXPECT_EQ(killed.signal, SIGTERM);
  EXPECT_EQ(killed.error, std::nullopt);
}

TEST_F(HookCommandTest, of_a_great_deal_of_output_it_keeps_the_end_alone) {
  auto end = run("head -c 64M /dev/zero | tr '\\0' x; echo; echo the end");

  EXPECT_EQ(end.exit_code, 0);
  EXPECT_EQ(end.output.size(), model::HookRun::kMostOutput);
  EXPECT_THAT(end.output, EndsWith("xxx\nthe end\n"));
}

TEST_F(HookCommandTest, a_program_that_hangs_is_ended_with_all_that_it_started) {
  auto outcome = start("sleep 1000 & echo $!; sleep 1000");
  until([&] { return loop.advance_until([&] { return outcome.is_done(); }, 31s); });

  // The grace is over in no real time: either of the two may have come first.
  EXPECT_TRUE(outcome.value().signal == SIGTERM || outcome.value().signal == SIGKILL);
  EXPECT_EQ(outcome.value().error, "did not end within 30s and was killed");
  auto child = std::stoi("0" + outcome.value().output);
  if (child > 0) until([&] { return ::kill(child, 0) != 0; });
}

TEST_F(HookCommandTest, one_that_will_not_hear_is_killed) {
  auto outcome = start("trap '' TERM; while :; do sleep 1000; done");
  until([&] { return loop.advance_until([&] { return outcome.is_done(); }, 36s); });

  EXPECT_EQ(outcome.value().error, "did not end within 30s and was killed");
  EXPECT_TRUE(outcome.value().signal == SIGKILL || outcome.value().signal == SIGTERM);
}

TEST_F(HookCommandTest, what_it_leaves_running_is_not_waited_for) {
  auto end = run("sleep 5 & echo $!");

  EXPECT_EQ(end.exit_code, 0);
  ::kill(std::stoi(end.output), SIGKILL);
}

TEST_F(HookCommandTest, says_why_it_did_not_run) {
  HookCommand command{{"/bin/true"}, {}, "no-such-user"};
  auto outcome = loop.start(run_command(loop, pool, std::move(command), {}));
  until([&] { return outcome.is_done(); });

  EXPECT_THAT(outcome.value().error.value_or(""), HasSubstr("there is no user \"no-such-user\""));
}

}  // namespace
}  // namespace reeve::agent
