#include "sys/program.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <poll.h>

#include <array>
#include <csignal>

namespace reeve::sys {
namespace {

using ::testing::HasSubstr;

constexpr int kPatience = 60'000;

bool wait_until_readable(int fd) {
  pollfd wish{fd, POLLIN, 0};
  return ::poll(&wish, 1, kPatience) == 1;
}

/// To the end of what the program and all it started print.
std::string all_output(Program& program) {
  std::string text;
  std::array<char, 4096> piece{};
  while (program.has_output() && wait_until_readable(program.events()))
    text.append(piece.data(), program.read(piece));
  return text;
}

ProgramEnd end_of(Program& program) {
  std::optional<ProgramEnd> end;
  while (!end && wait_until_readable(program.events())) end = program.reap();
  return end.value_or(ProgramEnd());
}

Result<Program> start_shell(const std::string& script) {
  return Program::start({{"/bin/sh", "-c", script}, {"PATH=/usr/bin:/bin", "WORD=hello"}, {}});
}

TEST(Program, gets_its_arguments_and_nothing_else_of_ours) {
  ::signal(SIGPIPE, SIG_IGN);
  auto program = start_shell(R"(echo "$WORD" "$HOME"; cat; pwd; echo oops >&2;
      ls /proc/self/fd | wc -l; grep SigIgn /proc/self/status; ps -o sid= -p $$ | tr -d ' '; echo $$)");
  ASSERT_TRUE(program);

  auto text = all_output(*program);

  EXPECT_THAT(text, HasSubstr("hello \n/\noops\n4\nSigIgn:\t0000000000000000\n"));
  EXPECT_EQ(end_of(*program).exit_code, 0);
}

TEST(Program, tells_how_it_ended) {
  auto failed = start_shell("exit 3");
  auto killed = start_shell("kill -9 $$");
  ASSERT_TRUE(failed && killed);

  auto exit = end_of(*failed);
  auto signal = end_of(*killed);

  EXPECT_EQ(exit.exit_code, 3);
  EXPECT_EQ(exit.signal, std::nullopt);
  EXPECT_EQ(signal.exit_code, std::nullopt);
  EXPECT_EQ(signal.signal, SIGKILL);
  EXPECT_EQ(failed->reap().has_value(), false);
}

TEST(Program, says_why_it_cannot_be_run) {
  auto missing = Program::start({{"/no/such/program"}, {}, {}});
  auto folder = Program::start({{"/etc"}, {}, {}});

  ASSERT_FALSE(missing || folder);
  EXPECT_THAT(missing.error().what,
              HasSubstr("cannot run /no/such/program: No such file or directory"));
  EXPECT_THAT(folder.error().what, HasSubstr("Permission denied"));
}

TEST(Program, a_signal_reaches_all_that_it_started) {
  auto program = start_shell("sleep 1000 & sleep 1000");
  ASSERT_TRUE(program);
  EXPECT_EQ(program->reap().has_value(), false);

  program->signal_group(SIGKILL);

  EXPECT_EQ(end_of(*program).signal, SIGKILL);
  EXPECT_EQ(all_output(*program), "");  // ends: nobody has the pipe any more
}

TEST(Program, runs_as_another_user) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root may become another user";
  auto nobody = find_account("nobody");
  ASSERT_TRUE(nobody);
  auto program = Program::start({{"/usr/bin/id", "-u"}, {}, *nobody});
  ASSERT_TRUE(program);

  EXPECT_EQ(all_output(*program), std::to_string(nobody->uid) + "\n");
  EXPECT_EQ(end_of(*program).exit_code, 0);
}

}  // namespace
}  // namespace reeve::sys
