#include "supervise/resolve.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace reeve::supervise {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Result<sys::Account> find_account(const std::string& user) {
  if (user == "root" || user == "0") return sys::Account{"root", 0, 0, "/root", {0}};
  if (user == "web" || user == "1000")
    return sys::Account{"web", 1000, 1001, "/srv/web", {1001, 7}};
  return fail(Errc::not_found, "there is no user \"{}\" on this machine", user);
}

model::PlacedProgram program(std::optional<std::string> user = "web") {
  model::PlacedProgram made;
  made.uid = "u1";
  made.name = "api";
  made.command.arguments = {"serve", "--port", "80"};
  made.user = std::move(user);
  return made;
}

ResolveSettings settings(uid_t own = 0) {
  ResolveSettings made;
  made.logs = "/data/logs";
  made.own_uid = own;
  made.find_account = find_account;
  return made;
}

std::string refusal(const model::PlacedProgram& asked, const ResolveSettings& by) {
  auto processes = resolve(asked, by);
  return processes ? "" : processes.error().what;
}

TEST(Resolve, makes_a_spec_that_needs_no_further_look_up) {
  auto asked = program();
  asked.environment = {{"PORT", "80"}, {"PATH", "/opt/bin"}};
  asked.umask = "0027";
  asked.stopwaitsecs = 3;
  asked.exitcodes = {0, 2};

  auto processes = resolve(asked, settings());

  ASSERT_TRUE(processes) << processes.error().what;
  ASSERT_EQ(processes->size(), 1U);
  const auto& spec = processes->front().spec;
  EXPECT_THAT(spec.command, ElementsAre("serve", "--port", "80"));
  EXPECT_TRUE(spec.as_user);
  EXPECT_EQ(spec.uid, 1000U);
  EXPECT_EQ(spec.gid, 1001U);
  EXPECT_THAT(spec.groups, ElementsAre(1001U, 7U));
  EXPECT_EQ(spec.umask, 027);
  EXPECT_EQ(spec.directory, "/");
  EXPECT_EQ(spec.rules.stopwaitsecs, 3'000'000'000);
  EXPECT_TRUE(spec.rules.exitcodes.test(2));
  EXPECT_THAT(spec.environment, Contains("HOME=/srv/web"));
  EXPECT_THAT(spec.environment, Contains("USER=web"));
  EXPECT_THAT(spec.environment, Contains("PORT=80"));
  EXPECT_THAT(spec.environment, Contains("PATH=/opt/bin"));
  EXPECT_THAT(spec.environment, Contains("REEVE_PROCESS=api"));
  EXPECT_EQ(spec.out.file, "/data/logs/api/api.stdout.log");
  EXPECT_EQ(spec.err.file, "/data/logs/api/api.stderr.log");
  EXPECT_TRUE(spec.out.is_ours);
}

TEST(Resolve, gives_each_of_several_processes_its_name_and_logs) {
  auto asked = program();
  asked.numprocs = 2;
  asked.stdout_logfile = "/var/log/api/{process}.log";
  asked.redirect_stderr = true;

  auto processes = resolve(asked, settings());

  ASSERT_TRUE(processes) << processes.error().what;
  ASSERT_EQ(processes->size(), 2U);
  EXPECT_EQ((*processes)[1].name, "api_01");
  EXPECT_EQ((*processes)[1].spec.out.file, "/var/log/api/api_01.log");
  EXPECT_EQ((*processes)[1].spec.err.file, "");
  EXPECT_FALSE((*processes)[1].spec.out.is_ours);
  EXPECT_NE((*processes)[0].spec.mark, (*processes)[1].spec.mark);
}

TEST(Resolve, marks_the_same_spec_the_same_whatever_else_is_said_of_the_program) {
  auto before = program();
  auto after = program();
  after.description = "other";
  after.revision = 7;
  auto other = program();
  other.command.arguments.back() = "81";

  auto mark = [](const model::PlacedProgram& asked) {
    return resolve(asked, settings()).value().front().spec.mark;
  };

  EXPECT_EQ(mark(before), mark(after));
  EXPECT_NE(mark(before), mark(other));
  EXPECT_GT(mark(before), 0);
}

TEST(Resolve, runs_a_line_by_the_shell_where_that_was_said) {
  auto asked = program();
  asked.command = {{}, "a | b"};
  asked.shell = true;

  EXPECT_THAT(resolve(asked, settings())->front().spec.command,
              ElementsAre("/bin/sh", "-c", "a | b"));
}

TEST(Resolve, runs_as_root_only_where_the_node_and_the_program_say_so) {
  EXPECT_THAT(refusal(program(std::nullopt), settings()), HasSubstr("user: NAME"));
  EXPECT_THAT(refusal(program("root"), settings()), HasSubstr("run_as"));
  auto by_name = settings();
  by_name.rules.run_as = {"root"};
  EXPECT_EQ(refusal(program("root"), by_name), "");
  EXPECT_THAT(refusal(program("web"), by_name), HasSubstr("runs no program as \"web\""));
  auto own = settings();
  own.rules.allow_own = true;
  EXPECT_EQ(refusal(program("root"), own), "");
  EXPECT_THAT(refusal(program("nobody-here"), settings()), HasSubstr("no user"));
}

TEST(Resolve, runs_as_itself_where_the_agent_is_not_root) {
  auto own = resolve(program(std::nullopt), settings(1000));
  ASSERT_TRUE(own) << own.error().what;
  EXPECT_FALSE(own->front().spec.as_user);
  EXPECT_EQ(refusal(program("web"), settings(1000)), "");
  EXPECT_THAT(refusal(program("root"), settings(1000)), HasSubstr("runs as uid 1000"));
  auto nobody = settings(1000);
  nobody.rules.run_as.emplace();
  EXPECT_THAT(refusal(program(std::nullopt), nobody), HasSubstr("run_as"));
}

}  // namespace
}  // namespace reeve::supervise
