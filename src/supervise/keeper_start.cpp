#include "supervise/keeper_start.hpp"

#include "base/quote.hpp"
#include "base/unique_fd.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>

namespace reeve::supervise {
namespace {

constexpr const char* kLog = "start.log";
constexpr std::size_t kMostWords = 4096;

struct Order {
  const char* program;
  const char* folder;
  int log;
  int null;
  int failure;  // the errno of an exec that failed goes here; closed by one that worked
};

// In the child of a program with threads: system calls alone.
[[noreturn]] void become_keeper(const Order& order) {
  ::setsid();
  if (::fork() != 0) ::_exit(0);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  int failure = ::fcntl(order.failure, F_DUPFD, 64);
  ::dup2(order.null, 0);
  ::dup2(order.null, 1);
  ::dup2(order.log, 2);
  ::fcntl(failure, F_SETFD, FD_CLOEXEC);
  ::syscall(SYS_close_range, 3U, static_cast<unsigned>(failure - 1), 0U);
  ::syscall(SYS_close_range, static_cast<unsigned>(failure + 1), ~0U, 0U);
  ::umask(022);
  if (::chdir("/") == 0) ::execl(order.program, "reeve-keeper", order.folder, nullptr);
  int why = errno;
  [[maybe_unused]] auto told = ::write(failure, &why, sizeof why);
  ::_exit(127);
}

}  // namespace

Result<> start_keeper(const std::filesystem::path& program, const std::filesystem::path& folder) {
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
    return fail(errno_error(errno, "make " + folder.native()));
  UniqueFd log(
      ::open((folder / kLog).c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  std::array<int, 2> ends{};
  if (!log || !null || ::pipe2(ends.data(), O_CLOEXEC) != 0)
    return fail(errno_error(errno, "start the keeper"));
  UniqueFd heard(ends[0]);
  UniqueFd failure(ends[1]);
  Order order{program.c_str(), folder.c_str(), log.get(), null.get(), failure.get()};
  auto child = ::fork();
  if (child == 0) become_keeper(order);
  if (child < 0) return fail(errno_error(errno, "start the keeper"));
  failure.reset();
  while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) continue;
  int why = 0;
  ssize_t size = 0;
  while ((size = ::read(heard.get(), &why, sizeof why)) < 0 && errno == EINTR) continue;
  if (size == sizeof why) return fail(errno_error(why, "run " + quote(program.native())));
  return {};
}

std::string last_words(const std::filesystem::path& folder) {
  UniqueFd log(::open((folder / kLog).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  std::array<char, kMostWords> buffer{};
  auto size = log ? ::read(log.get(), buffer.data(), buffer.size()) : 0;
  std::string words(buffer.data(), static_cast<std::size_t>(size > 0 ? size : 0));
  while (words.ends_with('\n')) words.pop_back();
  return words.substr(words.rfind('\n') + 1);
}

std::filesystem::path default_keeper_program() {
  std::error_code ignored;
  auto self = std::filesystem::read_symlink("/proc/self/exe", ignored);
  return self.parent_path() / "reeve-keeper";
}

}  // namespace reeve::supervise
