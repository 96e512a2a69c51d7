#include "sys/program.hpp"

#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <utility>

namespace reeve::sys {
namespace {

/// What a child could not do before it became the program.
enum class Step : int { streams, user, folder, execute };

struct Trouble {
  Step step = Step::execute;
  int number = 0;
};

struct Pipe {
  UniqueFd read;
  UniqueFd write;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail(errno_error(errno, "cannot make a pipe"));
  return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (const auto& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

/// All that the child needs, made before the fork: after it, in a process of many threads, memory
/// cannot be asked for (signal-safety(7)).
struct ChildPlan {
  static constexpr std::size_t kLongestNumber = 20;

  explicit ChildPlan(const ProgramSpec& spec)
      : argv(pointers_to(spec.argv)),
        environment(pointers_to(spec.environment)),
        user(spec.user ? &*spec.user : nullptr) {
    if (!spec.mark) return;
    marked = *spec.mark;
    mark_size = marked.size();
    marked.resize(mark_size + kLongestNumber + 1);  // ends with zeros
    environment.insert(environment.begin(), marked.data());
  }
  ChildPlan(const ChildPlan&) = delete;
  ChildPlan& operator=(const ChildPlan&) = delete;

  /// In the child.
  void write_number() {
    if (marked.empty()) return;
    auto* at = marked.data() + mark_size;
    std::to_chars(at, at + kLongestNumber, ::getpid());
  }

  std::vector<char*> argv;
  std::vector<char*> environment;
  const Account* user;
  std::string marked;  // see marked_entry()
  std::size_t mark_size = 0;
  int input = -1;
  int output = -1;
  int trouble = -1;
};

/// A handler of ours must not run in the child, and what is ignored or blocked here must not be
/// there.
void reset_signals() {
  struct sigaction standard{};
  standard.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) ::sigaction(number, &standard, nullptr);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

/// The system calls themselves: those of the C library would tell threads that are not here.
bool become(const Account& user) {
  return ::syscall(SYS_setgroups, user.groups.size(), user.groups.data()) == 0 &&
         ::syscall(SYS_setresgid, user.gid, user.gid, user.gid) == 0 &&
         ::syscall(SYS_setresuid, user.uid, user.uid, user.uid) == 0;
}

[[noreturn]] void give_up(const ChildPlan& plan, Step step) {
  Trouble trouble{step, errno};
  // Nobody to tell if that fails too: the parent sees that it ended.
  [[maybe_unused]] auto told = ::write(plan.trouble, &trouble, sizeof trouble);
  ::_exit(127);
}

[[noreturn]] void run_child(ChildPlan& plan) {
  plan.write_number();
  ::setsid();
  bool has_streams =
      ::dup2(plan.input, 0) >= 0 && ::dup2(plan.output, 1) >= 0 && ::dup2(plan.output, 2) >= 0;
  if (!has_streams) give_up(plan, Step::streams);
  // Ours are all closed on exec; this is for those that libraries opened. Before Linux 5.11 not.
  ::syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC);
  ::umask(022);
  if (plan.user && !become(*plan.user)) give_up(plan, Step::user);
  if (::chdir("/") != 0) give_up(plan, Step::folder);
  reset_signals();
  ::execve(plan.argv.front(), plan.argv.data(), plan.environment.data());
  give_up(plan, Step::execute);
}

Error error_of(const Trouble& trouble, const ProgramSpec& spec) {
  const auto& program = spec.argv.front();
  switch (trouble.step) {
    case Step::user:
      return errno_error(trouble.number, "cannot run " + program + " as the user " +
                                             (spec.user ? spec.user->name : std::string()));
    case Step::streams:
    case Step::folder:
    case Step::execute: break;
  }
  return errno_error(trouble.number, "cannot run " + program);
}

pid_t fork_with_signals_blocked(ChildPlan& plan) {
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  auto pid = ::fork();
  if (pid == 0) run_child(plan);
  int number = errno;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = number;
  return pid;
}

}  // namespace

std::string marked_entry(std::string_view mark, pid_t pid) {
  return std::string(mark) + std::to_string(pid);
}

Result<Program> Program::start(const ProgramSpec& spec) {
  TRY_ASSIGN(auto output, make_pipe());
  TRY_ASSIGN(auto trouble, make_pipe());
  UniqueFd input(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!input) return fail(errno_error(errno, "cannot open /dev/null"));
  if (::fcntl(output.read.get(), F_SETFL, O_NONBLOCK) != 0)
    return fail(errno_error(errno, "cannot set up a pipe"));
  ChildPlan plan(spec);
  plan.input = input.get();
  plan.output = output.write.get();
  plan.trouble = trouble.write.get();

  auto pid = fork_with_signals_blocked(plan);
  if (pid < 0) return fail(errno_error(errno, "cannot start a process"));
  Program program(pid, std::move(output.read));
  TRY(program.watch());
  trouble.write.reset();
  Trouble told;
  ssize_t size = 0;
  do size = ::read(trouble.read.get(), &told, sizeof told);
  while (size < 0 && errno == EINTR);
  if (size == sizeof told) return fail(error_of(told, spec));
  return program;
}

Result<> Program::watch() {
  pidfd_.reset(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  events_.reset(::epoll_create1(EPOLL_CLOEXEC));
  epoll_event readable{};
  readable.events = EPOLLIN;
  bool is_watched = pidfd_ && events_ &&
                    ::epoll_ctl(events_.get(), EPOLL_CTL_ADD, pidfd_.get(), &readable) == 0 &&
                    ::epoll_ctl(events_.get(), EPOLL_CTL_ADD, output_.get(), &readable) == 0;
  if (!is_watched) return fail(errno_error(errno, "cannot watch a process"));
  return {};
}

Program::~Program() {
  bool was_moved = !events_ && !output_;
  if (was_moved || is_reaped_) return;
  signal_group(SIGKILL);
  // Where it never became the program it has ended by now; else a zombie for as long as we live.
  ::waitpid(pid_, nullptr, WNOHANG);
}

std::size_t Program::read(std::span<char> buffer) {
  if (!output_) return 0;
  ssize_t size = 0;
  do size = ::read(output_.get(), buffer.data(), buffer.size());
  while (size < 0 && errno == EINTR);
  bool is_over = size == 0 || (size < 0 && errno != EAGAIN);
  if (is_over) output_.reset();  // takes it out of events() too
  return size > 0 ? static_cast<std::size_t>(size) : 0;
}

void Program::signal_group(int number) const { ::kill(-pid_, number); }

std::optional<ProgramEnd> Program::reap() {
  int status = 0;
  if (is_reaped_ || ::waitpid(pid_, &status, WNOHANG) != pid_) return std::nullopt;
  is_reaped_ = true;
  ProgramEnd end;
  if (WIFEXITED(status)) end.exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) end.signal = WTERMSIG(status);
  return end;
}

}  // namespace reeve::sys
