#include "keeper/upgrade.hpp"

#include "keeper/spawn.hpp"
#include "keeper/spec_file.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <cstring>

namespace reeve::keeper {
namespace {

constexpr int kDryRunMs = 2000;

void keep_over_exec(std::int64_t fd, bool keep) {
  if (fd >= 0) ::fcntl(static_cast<int>(fd), F_SETFD, keep ? 0 : FD_CLOEXEC);
}

void keep_all(const Blob& blob, bool keep) {
  for (auto fd : {blob.guardian, blob.guardian_lock, blob.listener, blob.epoll})
    keep_over_exec(fd, keep);
  for (int low = kLockFd; low < kFirstOther; ++low) keep_over_exec(low, keep);
  for (const auto& client : blob.clients) keep_over_exec(client.fd, keep);
  for (const auto& process : blob.processes)
    for (auto fd :
         {process.pidfd, process.fifos[0], process.fifos[1], process.logs[0], process.logs[1]})
      keep_over_exec(fd, keep);
}

void run(const std::string& program, const char* verb, int fd) {
  auto number = std::to_string(fd);
  const char* words[] = {"reeve-keeper", verb, number.c_str(), nullptr};
  ::execv(program.c_str(), const_cast<char**>(words));
}

/// What a program that cannot do it says; empty: it can. Only one that says so itself is believed:
/// any program may end well.
std::string dry_run(const std::string& program, int blob) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return failed("make a pipe", errno).value();
  UniqueFd reading(ends[0]), writing(ends[1]);
  auto number = std::to_string(blob);
  const char* words[] = {"reeve-keeper", "--check", number.c_str(), nullptr};
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, writing.get(), STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, writing.get(), STDERR_FILENO);
  pid_t pid = 0;
  char* none[] = {nullptr};
  int error =
      ::posix_spawn(&pid, program.c_str(), &actions, nullptr, const_cast<char**>(words), none);
  ::posix_spawn_file_actions_destroy(&actions);
  writing.reset();
  if (error != 0) return failed("run \"" + program + "\"", error).value();
  UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  pollfd watched{pidfd.get(), POLLIN, 0};
  bool in_time = ::poll(&watched, 1, kDryRunMs) == 1;
  if (!in_time) ::kill(pid, SIGKILL);
  int status = 0;
  ::waitpid(pid, &status, 0);
  if (!in_time) return "\"" + program + "\" did not say in time whether it can read the state";
  char said[256];
  auto got = ::read(reading.get(), said, sizeof said);
  std::string words_said(said, got > 0 ? static_cast<std::size_t>(got) : 0);
  words_said.resize(std::min(words_said.find('\n'), words_said.size()));
  if (status == 0 && words_said == kCanResume) return {};
  if (status == 0) return "\"" + program + "\" is no reeve-keeper";
  return "\"" + program + "\" refuses: " + words_said;
}

}  // namespace

std::string become(const std::string& program, const Blob& blob) {
  auto memfd = make_memfd("reeve-keeper-state", encode(blob), true);
  if (!memfd) return memfd.error();
  UniqueFd state(*memfd);
  if (auto refusal = dry_run(program, state.get()); !refusal.empty()) return refusal;
  keep_all(blob, true);
  run(program, "--resume", state.get());
  auto failure = failed("run \"" + program + "\"", errno).value();
  keep_all(blob, false);
  return failure;
}

void become_guardian(Table& table, const Paths& paths, int guardian_lock, int fifos) {
  keep_over_exec(guardian_lock, true);
  auto lock = std::to_string(guardian_lock), list = std::to_string(fifos);
  const char* words[] = {"reeve-keeper", "--guardian", paths.folder.c_str(),
                         lock.c_str(),   list.c_str(), nullptr};
  for (const char* program : {static_cast<const char*>(table.header().program), "/proc/self/exe"})
    ::execv(program, const_cast<char**>(words));
  keep_over_exec(guardian_lock, false);
}

void remember_program(Table& table) {
  auto& place = table.header().program;
  char path[PATH_MAX];
  auto size = ::readlink("/proc/self/exe", path, sizeof path);
  std::memset(place, 0, sizeof place);
  if (size > 0 && static_cast<std::size_t>(size) < sizeof place)
    std::memcpy(place, path, static_cast<std::size_t>(size));
}

}  // namespace reeve::keeper
