#include "keeper/guardian.hpp"

#include "base/unique_fd.hpp"
#include "keeper/clock.hpp"
#include "keeper/holding.hpp"
#include "keeper/surroundings.hpp"
#include "keeper/table.hpp"
#include "keeper/wait_status.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

namespace reeve::keeper {
namespace {

constexpr std::int64_t kStable = kSecond / 2;  // a keeper that lived this long fell by chance
constexpr std::int64_t kFirstPause = 20 * kMillisecond;
constexpr std::int64_t kLongestPause = 5 * kSecond;

class Guardian {
 public:
  Guardian(const Paths& paths, Table table, UniqueFd lock)
      : paths_(paths), table_(std::move(table)), lock_(std::move(lock)) {}

  void take_over(int fifos);
  void prepare(bool from_keeper);
  void run();

 private:
  void start_keeper();
  void receive_fifos();
  void forward_signals();
  void reap();
  void keeper_ended(const siginfo_t& info);
  void write_status(const siginfo_t& info);

  Paths paths_;
  Table table_;
  UniqueFd lock_, signals_, channel_;
  std::vector<UniqueFd> held_;
  pid_t keeper_ = 0;
  std::int64_t started_ = 0, start_at_ = 0, pause_ = 0;
  bool finished_ = false;
};

void Guardian::take_over(int fifos) {
  UniqueFd list(fifos);
  int fd = -1;
  while (::read(list.get(), &fd, sizeof fd) == sizeof fd) {
    if (fd >= 0) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
    held_.emplace_back(fd);
  }
}

void Guardian::prepare(bool from_keeper) {
  auto& header = table_.header();
  header.guardian.store(::getpid());
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  sigset_t all;
  ::sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, nullptr);
  signals_.reset(::signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK));
  if (from_keeper) return;
  header.epoch.fetch_add(1);  // children of a guardian before us are nobody's now
  settle_in(header);
}

void Guardian::start_keeper() {
  start_at_ = 0;
  started_ = monotonic_now();
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    start_at_ = started_ + kSecond;
    return;
  }
  channel_.reset(ends[0]);
  keeper_ = ::fork();
  if (keeper_ == 0) {
    auto channel = std::to_string(::dup(ends[1])), lock = std::to_string(::dup(lock_.get()));
    const char* words[] = {"reeve-keeper",  "--keeper",   paths_.folder.c_str(),
                           channel.c_str(), lock.c_str(), nullptr};
    for (const char* program :
         {static_cast<const char*>(table_.header().program), "/proc/self/exe"})
      ::execv(program, const_cast<char**>(words));
    ::_exit(127);
  }
  ::close(ends[1]);
  if (keeper_ < 0) start_at_ = started_ + kSecond;
}

void Guardian::receive_fifos() {
  for (auto held = receive_held(channel_.get()); held.received;
       held = receive_held(channel_.get())) {
    if (held.index >= held_.size()) held_.resize(held.index + 1);
    held_[held.index].reset(held.fd);
  }
}

void Guardian::forward_signals() {
  signalfd_siginfo came{};
  while (::read(signals_.get(), &came, sizeof came) == sizeof came) {
    auto number = static_cast<int>(came.ssi_signo);
    if (number != SIGTERM && number != SIGINT && number != SIGHUP) continue;
    if (keeper_ <= 0) start_keeper();  // it alone can stop programs; the signal waits for it
    if (keeper_ > 0) ::kill(keeper_, number);
  }
}

void Guardian::write_status(const siginfo_t& info) {
  // 32 bytes a row: a thousand programs are looked through in less time than one wait takes.
  const auto& header = table_.header();
  for (std::uint32_t at = 0; at < header.high.load(); ++at) {
    auto& row = table_.row(at);
    if (row.pid.load() != info.si_pid || row.exited.load() != 0 ||
        row.epoch.load() != header.epoch.load())
      continue;
    row.status.store(wait_status(info));
    row.exited.store(1);
    // Full means that it will look anyway.
    ::send(channel_.get(), "", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
    return;
  }
}

void Guardian::keeper_ended(const siginfo_t& info) {
  keeper_ = 0;
  receive_fifos();  // what it sent last
  if (info.si_code == CLD_EXITED && info.si_status == 0) {
    finished_ = true;
    return;
  }
  auto now = monotonic_now();
  bool stable = now - started_ >= kStable;
  start_at_ = stable ? now : now + pause_;
  pause_ = stable ? kFirstPause : std::clamp(pause_ * 2, kFirstPause, kLongestPause);
}

void Guardian::reap() {
  while (!finished_) {
    siginfo_t info{};
    if (::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0) return;
    if (info.si_pid == keeper_)
      keeper_ended(info);
    else
      write_status(info);
    ::waitid(P_PID, static_cast<id_t>(info.si_pid), &info, WEXITED | WNOHANG);
  }
}

void Guardian::run() {
  while (!finished_) {
    // First all that died with the last keeper, then the next one: it finds their statuses.
    reap();
    if (finished_) return;
    auto now = monotonic_now();
    if (keeper_ <= 0 && now >= start_at_) start_keeper();
    pollfd watched[] = {{signals_.get(), POLLIN, 0}, {channel_.get(), POLLIN, 0}};
    int timeout = keeper_ > 0 ? -1 : static_cast<int>((start_at_ - now) / kMillisecond) + 1;
    // A dead keeper's channel would not let us sleep.
    ::poll(watched, keeper_ > 0 ? 2 : 1, timeout);
    forward_signals();
    receive_fifos();
    if ((watched[1].revents & POLLHUP) != 0) reap();
  }
}

}  // namespace

Outcome<> run_guardian(const Paths& paths, const Inherited& inherited) {
  bool from_keeper = inherited.lock >= 0;
  for (const auto& folder : {paths.folder, paths.specs(), paths.fifos()})
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
      return failed("make folder " + folder, errno);
  UniqueFd lock(inherited.lock);
  if (from_keeper) {
    ::fcntl(lock.get(), F_SETFD, FD_CLOEXEC);
  } else {
    lock = take_lock(paths.guardian_lock());
    if (!lock) return failed("a keeper is running already on " + paths.folder);
  }
  auto table = Table::open(paths.table(), read_boot_id());
  if (!table) return failed(table.error());
  Guardian guardian(paths, std::move(*table), std::move(lock));
  if (from_keeper) guardian.take_over(inherited.fifos);
  guardian.prepare(from_keeper);
  guardian.run();
  return {};
}

}  // namespace reeve::keeper
