#include "keeper/spawn.hpp"

#include "keeper/procfs.hpp"

#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <sched.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <charconv>

namespace reeve::keeper {
namespace {

constexpr std::string_view kDefaultPath =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// All that the child needs, laid out before it exists.
struct Prepared {
  const SpawnOrder* order = nullptr;
  std::vector<std::string> candidates;  // what to execute: the first that is there
  std::vector<char*> argv, envp;
};

[[noreturn]] void give_up(Row& row, SpawnStep step) {
  row.failed_errno.store(errno);
  row.failed_step.store(static_cast<std::int32_t>(step));
  ::_exit(127);
}

void enter_cgroup(Row& row) {
  if (::write(kCgroupFd, "0", 1) != 1) give_up(row, SpawnStep::cgroup);
}

void reset_oom_score(const SpawnOrder& order) {
  char text[16];
  auto end = std::to_chars(text, text + sizeof text, order.oom_score_adj).ptr;
  int fd = ::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  // Where it may not be raised, it could not be lowered either.
  if (fd >= 0 && ::write(fd, text, static_cast<std::size_t>(end - text)) < 0) errno = 0;
}

void set_limits(const SpawnOrder& order) {
  if (::setrlimit(RLIMIT_NOFILE, &order.nofile) != 0) give_up(order.row, SpawnStep::limit);
  for (const auto& limit : order.spec.limits) {
    rlimit value{limit.soft, limit.hard};
    auto resource = static_cast<__rlimit_resource>(limit.resource);
    if (::setrlimit(resource, &value) != 0) give_up(order.row, SpawnStep::limit);
  }
}

// The raw calls: glibc's would tell its other threads, which are the keeper's.
void become_user(const SpawnOrder& order) {
  const auto& spec = order.spec;
  if (!spec.as_user) return;
  if (::syscall(SYS_setgroups, spec.groups.size(), spec.groups.data()) != 0 ||
      ::syscall(SYS_setresgid, spec.gid, spec.gid, spec.gid) != 0)
    give_up(order.row, SpawnStep::groups);
  if (::syscall(SYS_setresuid, spec.uid, spec.uid, spec.uid) != 0)
    give_up(order.row, SpawnStep::user);
}

void execute(const Prepared& prepared) {
  int error = ENOENT;
  for (const auto& candidate : prepared.candidates) {
    ::execve(candidate.c_str(), prepared.argv.data(), prepared.envp.data());
    if (errno == EACCES) error = EACCES;
    if (errno != ENOENT && errno != ENOTDIR && errno != EACCES) {
      error = errno;
      break;
    }
  }
  errno = error;
}

int run_child(void* argument) {
  const auto& prepared = *static_cast<const Prepared*>(argument);
  const auto& order = *prepared.order;
  auto& row = order.row;
  // First of all: whoever comes after a killed keeper must find us.
  row.pid.store(::getpid());
  // Until here the descriptors are the keeper's own; from here on the low ones are ours.
  if (::syscall(SYS_close_range, kFirstOther, ~0U, CLOSE_RANGE_UNSHARE) != 0)
    give_up(row, SpawnStep::descriptors);
  row.start_time.store(own_start_time());
  if (::setsid() < 0) give_up(row, SpawnStep::session);
  if (order.in_cgroup) enter_cgroup(row);
  if (::dup2(kNullFd, 0) < 0 || ::dup2(kOutFd, 1) < 0 || ::dup2(kErrFd, 2) < 0)
    give_up(row, SpawnStep::descriptors);
  if (order.reset_oom) reset_oom_score(order);
  set_limits(order);
  ::umask(static_cast<mode_t>(order.spec.umask));
  become_user(order);
  const auto& directory = order.spec.directory;
  if (::chdir(directory.empty() ? "/" : directory.c_str()) != 0) give_up(row, SpawnStep::directory);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  execute(prepared);
  give_up(row, SpawnStep::exec);
}

std::vector<std::string> candidates(const Spec& spec) {
  const auto& name = spec.command[0];
  if (name.find('/') != name.npos) return {name};
  std::string_view path = kDefaultPath;
  for (std::string_view entry : spec.environment)
    if (entry.starts_with("PATH=")) path = entry.substr(5);
  std::vector<std::string> found;
  while (true) {
    auto colon = path.find(':');
    auto folder = path.substr(0, colon);
    found.push_back(folder.empty() ? "./" + name : std::string(folder) + "/" + name);
    if (colon == path.npos) return found;
    path.remove_prefix(colon + 1);
  }
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> out;
  out.reserve(texts.size() + 1);
  for (const auto& text : texts) out.push_back(const_cast<char*>(text.c_str()));
  out.push_back(nullptr);
  return out;
}

Prepared prepare(const SpawnOrder& order) {
  return {&order, candidates(order.spec), pointers(order.spec.command),
          pointers(order.spec.environment)};
}

constexpr std::size_t kStackBytes = 64 << 10;
alignas(64) char child_stack[kStackBytes];

}  // namespace

void clear(Row& row, std::uint32_t epoch) {
  row.pid.store(0);
  row.start_time.store(0);
  row.status.store(0);
  row.failed_step.store(0);
  row.failed_errno.store(0);
  row.epoch.store(epoch);
  row.exited.store(0);
}

Outcome<Spawned> spawn(const SpawnOrder& order) {
  auto prepared = prepare(order);
  int pidfd = -1;
  constexpr int kFlags = CLONE_VM | CLONE_VFORK | CLONE_FILES | CLONE_PIDFD | SIGCHLD;
  // The keeper blocks every signal for good, so no handler can run on the shared memory.
  int pid = ::clone(run_child, child_stack + kStackBytes, kFlags, &prepared, &pidfd);
  if (pid < 0) return failed("make a process", errno);
  Spawned spawned{pid, UniqueFd(pidfd)};
  auto step = static_cast<SpawnStep>(order.row.failed_step.load());
  if (step == SpawnStep::none) return spawned;
  siginfo_t info{};
  ::waitid(P_PIDFD, static_cast<id_t>(pidfd), &info, WEXITED);
  order.row.pid.store(0);
  return failed(explain(order.spec, step, order.row.failed_errno.load()));
}

std::string explain(const Spec& spec, SpawnStep step, int error) {
  auto say = [&](std::string doing) { return failed(std::move(doing), error).value(); };
  switch (step) {
    case SpawnStep::cgroup: return say("enter its cgroup");
    case SpawnStep::limit: return say("set its resource limits");
    case SpawnStep::groups: return say("take group " + std::to_string(spec.gid));
    case SpawnStep::user: return say("become user " + std::to_string(spec.uid));
    case SpawnStep::directory: return say("change to folder \"" + spec.directory + "\"");
    case SpawnStep::exec: return say("run \"" + spec.command[0] + "\"");
    default: return say("prepare the process");
  }
}

}  // namespace reeve::keeper
