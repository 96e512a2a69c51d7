#include "sys/sessions.hpp"

#include "base/unique_fd.hpp"
#include "sys/clock.hpp"
#include "sys/program.hpp"

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace reeve::sys {
namespace {

/// 0 for what is no process.
pid_t number_of(const std::string& name) {
  pid_t pid = 0;
  auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
  return error == std::errc() && end == name.data() + name.size() ? pid : 0;
}

bool has_ended(const UniqueFd& process, int patience) {
  pollfd wish{process.get(), POLLIN, 0};
  return ::poll(&wish, 1, patience) != 0;
}

// Of one that others own it is not ours to read, and he is none of ours.
bool was_given(pid_t pid, const std::string& entry) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/environ", std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  std::string_view rest = text;
  while (!rest.empty()) {
    auto end = rest.find('\0');
    if (rest.substr(0, end) == entry) return true;
    rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
  }
  return false;
}

/// None for others.
UniqueFd open_marked(pid_t pid, std::string_view mark) {
  if (::getsid(pid) != pid) return {};
  UniqueFd process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  // One that lives on after the look is the one that was looked at.
  bool is_ours = process && was_given(pid, marked_entry(mark, pid)) && !has_ended(process, 0);
  return is_ours ? std::move(process) : UniqueFd();
}

}  // namespace

std::size_t kill_marked(std::string_view mark, std::chrono::milliseconds patience) {
  std::vector<UniqueFd> killed;
  std::error_code error;
  for (std::filesystem::directory_iterator at("/proc", error), end; !error && at != end;
       at.increment(error)) {
    auto pid = number_of(at->path().filename().native());
    // A program may have become the process that asks: one that starts its agent anew by exec.
    if (pid == 0 || pid == ::getpid()) continue;
    auto process = open_marked(pid, mark);
    if (!process) continue;
    ::kill(-pid, SIGKILL);
    killed.push_back(std::move(process));
  }
  SystemClock clock;
  auto deadline = clock.now() + patience;
  for (const auto& process : killed) {
    auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - clock.now()).count();
    has_ended(process, static_cast<int>(std::max<std::int64_t>(left, 0)));
  }
  return killed.size();
}

}  // namespace reeve::sys
