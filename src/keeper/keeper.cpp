#include "keeper/keeper.hpp"

#include "base/unique_fd.hpp"
#include "keeper/blob.hpp"
#include "keeper/poller.hpp"
#include "keeper/processes.hpp"
#include "keeper/server.hpp"
#include "keeper/spawn.hpp"
#include "keeper/spec_file.hpp"
#include "keeper/table.hpp"
#include "keeper/upgrade.hpp"

#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>

namespace reeve::keeper {
namespace {

constexpr int kEventsPerWake = 64;

class Keeper {
 public:
  Keeper(Paths paths, Table table, UniqueFd guardian, UniqueFd guardian_lock, Poller poller)
      : paths_(std::move(paths)),
        table_(std::move(table)),
        guardian_(std::move(guardian)),
        guardian_lock_(std::move(guardian_lock)),
        poller_(std::move(poller)),
        processes_(table_, poller_, paths_, guardian_.get()),
        server_(table_, poller_, processes_) {}

  Outcome<> begin();
  void resume(const Blob& blob);
  void run();

 private:
  void prepare();
  void dispatch(const epoll_event& event);
  void on_signals();
  void on_guardian(std::uint32_t events);
  void lose_guardian();
  void fulfil_wishes();
  void upgrade();

  Paths paths_;
  Table table_;
  UniqueFd guardian_, guardian_lock_, signals_;
  Poller poller_;
  Processes processes_;
  Server server_;
  bool ending_ = false, ended_ = false;
};

void Keeper::prepare() {
  table_.header().keeper.store(::getpid());
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  sigset_t all;
  ::sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, nullptr);
  sigset_t ours;
  ::sigemptyset(&ours);
  for (int number : {SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&ours, number);
  signals_.reset(::signalfd(-1, &ours, SFD_CLOEXEC | SFD_NONBLOCK));
  poller_.add(signals_.get(), Watch::signals, 0);
  poller_.add(guardian_.get(), Watch::guardian, 0, EPOLLIN | EPOLLRDHUP);
  remember_program(table_);
}

Outcome<> Keeper::begin() {
  prepare();
  processes_.recover();
  return server_.listen(paths_.folder);
}

void Keeper::resume(const Blob& blob) {
  prepare();
  for (const auto& handed : blob.processes) processes_.take_over(handed);
  server_.take_over(static_cast<int>(blob.listener), blob.clients);
}

void Keeper::run() {
  epoll_event events[kEventsPerWake];
  while (!ended_) {
    int count = poller_.wait(events, kEventsPerWake, processes_.timeout());
    for (int at = 0; at < count; ++at) dispatch(events[at]);
    processes_.on_deadlines();
    fulfil_wishes();
    server_.flush();
    if (ending_ && !processes_.any_left()) ended_ = true;
  }
}

void Keeper::dispatch(const epoll_event& event) {
  auto index = Poller::index(event);
  switch (Poller::watch(event)) {
    case Watch::guardian: return on_guardian(event.events);
    case Watch::signals: return on_signals();
    case Watch::listener: return server_.on_listener();
    case Watch::client: return server_.on_client(index, event.events);
    case Watch::process: return processes_.on_process(index);
    case Watch::out: return processes_.on_output(index, 0);
    case Watch::err: return processes_.on_output(index, 1);
  }
}

void Keeper::on_signals() {
  signalfd_siginfo came{};
  while (::read(signals_.get(), &came, sizeof came) == sizeof came)
    if (came.ssi_signo != SIGHUP) server_.wishes().shutdown = true;
}

void Keeper::on_guardian(std::uint32_t events) {
  char words[64];
  while (::recv(guardian_.get(), words, sizeof words, MSG_DONTWAIT) > 0) continue;
  processes_.on_guardian_word();
  if ((events & (EPOLLHUP | EPOLLRDHUP)) != 0) lose_guardian();
}

void Keeper::lose_guardian() {
  // Our children stay our children: this process becomes the guardian they are used to.
  auto fifos = processes_.fifos();
  std::string_view bytes(reinterpret_cast<const char*>(fifos.data()), fifos.size() * sizeof(int));
  auto list = make_memfd("reeve-fifos", bytes, true);
  if (list) become_guardian(table_, paths_, guardian_lock_.get(), *list);
  // Could not: go on alone, and do not ask again.
  std::fprintf(stderr, "reeve-keeper: the guardian is gone and cannot be replaced\n");
  poller_.remove(guardian_.get());
}

void Keeper::fulfil_wishes() {
  auto& wishes = server_.wishes();
  if (wishes.shutdown && !ending_) {
    ending_ = true;
    if (wishes.leave_running)
      ended_ = true;
    else
      processes_.stop_all();
  }
  if (!wishes.upgrade.empty()) upgrade();
}

void Keeper::upgrade() {
  auto wishes = server_.wishes();
  server_.wishes().upgrade.clear();
  if (ending_)
    return server_.answer(wishes.upgrade_client, wishes.upgrade_answer, failed("it is ending"));
  server_.flush();
  Blob blob;
  blob.guardian = guardian_.get();
  blob.guardian_lock = guardian_lock_.get();
  blob.listener = server_.listener();
  blob.epoll = poller_.fd();
  blob.folder = paths_.folder;
  blob.clients = server_.hand_over(wishes);
  blob.processes = processes_.hand_over();
  auto failure = become(wishes.upgrade, blob);
  server_.answer(wishes.upgrade_client, wishes.upgrade_answer, failed(failure));
}

/// Fills the low descriptors; the lock's number means that we have it.
Outcome<> take_low_fds(const Paths& paths) {
  UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  UniqueFd lock(
      ::open(paths.keeper_lock().c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  UniqueFd safe_null(::fcntl(null.get(), F_DUPFD_CLOEXEC, kFirstOther));
  UniqueFd safe_lock(::fcntl(lock.get(), F_DUPFD_CLOEXEC, kFirstOther));
  if (!safe_null || !safe_lock) return failed("open " + paths.keeper_lock(), errno);
  null.release(), lock.release();  // their numbers are overwritten or below
  for (int low = kLockFd; low < kFirstOther; ++low)
    ::dup3(low == kLockFd ? safe_lock.get() : safe_null.get(), low, O_CLOEXEC);
  // Waits for the keeper before us and for each of its children that has not executed yet.
  while (::flock(kLockFd, LOCK_EX) != 0)
    if (errno != EINTR) return failed("lock " + paths.keeper_lock(), errno);
  return {};
}

UniqueFd move_up(int fd) {
  UniqueFd low(fd);
  return UniqueFd(::fcntl(fd, F_DUPFD_CLOEXEC, kFirstOther));
}

}  // namespace

Outcome<> run_keeper(const Paths& paths, int guardian, int guardian_lock) {
  auto channel = move_up(guardian), lock = move_up(guardian_lock);
  if (auto taken = take_low_fds(paths); !taken) return taken;
  auto table = Table::open(paths.table(), read_boot_id());
  if (!table) return failed(table.error());
  Keeper keeper(paths, std::move(*table), std::move(channel), std::move(lock), Poller());
  if (auto begun = keeper.begin(); !begun) return begun;
  keeper.run();
  return {};
}

Outcome<> resume_keeper(int fd) {
  UniqueFd file(fd);
  auto bytes = read_all(fd, kMaxBlob);
  auto blob = bytes ? decode_blob(*bytes) : Outcome<Blob>(failed(bytes.error()));
  if (!blob) return failed(blob.error());
  Paths paths{blob->folder};
  auto table = Table::open(paths.table(), read_boot_id());
  if (!table) return failed(table.error());
  auto adopt = [](std::int64_t number) {
    ::fcntl(static_cast<int>(number), F_SETFD, FD_CLOEXEC);
    return static_cast<int>(number);
  };
  for (int low = kLockFd; low < kFirstOther; ++low) adopt(low);
  Keeper keeper(paths, std::move(*table), UniqueFd(adopt(blob->guardian)),
                UniqueFd(adopt(blob->guardian_lock)), Poller(adopt(blob->epoll)));
  keeper.resume(*blob);
  *blob = {};
  bytes->clear(), bytes->shrink_to_fit();
  ::malloc_trim(0);  // the blob is the most this process ever has at once
  keeper.run();
  return {};
}

Outcome<> check_blob(int fd) {
  auto bytes = read_all(fd, kMaxBlob);
  auto blob = bytes ? decode_blob(*bytes) : Outcome<Blob>(failed(bytes.error()));
  if (!blob) return failed(blob.error());
  for (const auto& process : blob->processes)
    if (auto spec = decode_spec(process.spec); !spec && !process.spec.empty())
      return failed(spec.error());
  auto table = Table::open(Paths{blob->folder}.table(), read_boot_id());
  if (!table) return failed(table.error());
  return {};
}

}  // namespace reeve::keeper
