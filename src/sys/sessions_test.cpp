#include "sys/sessions.hpp"

#include "sys/program.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <span>
#include <string>

namespace reeve::sys {
namespace {

using namespace std::chrono_literals;

// No other run of this test has it.
std::string mark() { return "REEVE_TEST_MARK=" + std::to_string(::getpid()) + ":"; }

Program start(const std::string& script, std::string mark) {
  return std::move(*Program::start(
      {{"/bin/sh", "-c", script}, {"PATH=/usr/bin:/bin"}, std::nullopt, std::move(mark)}));
}

TEST(Sessions, kills_programs_with_the_mark_and_no_others) {
  auto marked = start("sleep 1000; true", mark());
  auto other = start("sleep 1000; true", mark() + "0");

  EXPECT_EQ(kill_marked(mark(), 60s), 1u);

  auto end = marked.reap();
  ASSERT_TRUE(end) << "it was waited for";
  EXPECT_EQ(end->signal, SIGKILL);
  EXPECT_FALSE(other.reap());
  EXPECT_EQ(kill_marked(mark(), 60s), 0u);
}

TEST(Sessions, spares_the_process_that_asks) {
  constexpr const char* kAsked = "REEVE_TEST_ASKED";
  if (const char* asked = ::getenv(kAsked)) {
    EXPECT_EQ(kill_marked(asked, 60s), 0u);
    return;
  }
  auto itself = std::filesystem::read_symlink("/proc/self/exe").native();
  auto again = std::move(*Program::start({{itself, "--gtest_filter=Sessions.spares_*"},
                                          {kAsked + ("=" + mark())},
                                          std::nullopt,
                                          mark()}));
  std::array<char, 4096> text{};
  while (again.has_output()) again.read(text);

  auto end = again.reap();
  while (!end) end = again.reap();
  EXPECT_EQ(end->signal, std::nullopt);
  EXPECT_EQ(end->exit_code, 0);
}

TEST(Sessions, leaves_a_daemon_that_such_a_program_started) {
  auto program = start("setsid sleep 1000 < /dev/null > /dev/null 2>&1 & echo $!", mark());
  std::array<char, 64> text{};
  std::size_t size = 0;
  while (program.has_output()) size += program.read(std::span(text).subspan(size));
  pid_t daemon = std::stoi(std::string(text.data(), size));
  // Until it is in its own session.
  while (::getsid(daemon) != daemon) ASSERT_EQ(::kill(daemon, 0), 0);

  kill_marked(mark(), 60s);

  EXPECT_EQ(::kill(daemon, 0), 0);
  ::kill(daemon, SIGKILL);
}

}  // namespace
}  // namespace reeve::sys
