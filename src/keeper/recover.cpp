// The parts of Processes that take up what another keeper, or this one's former self, has left.
#include "keeper/clock.hpp"
#include "keeper/processes.hpp"
#include "keeper/procfs.hpp"
#include "keeper/spawn.hpp"
#include "keeper/spec_file.hpp"
#include "keeper/wait_status.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

namespace reeve::keeper {
namespace {

int close_on_exec(std::int64_t fd) {
  if (fd >= 0) ::fcntl(static_cast<int>(fd), F_SETFD, FD_CLOEXEC);
  return static_cast<int>(fd);
}

}  // namespace

std::unique_ptr<Process> Processes::load(std::uint32_t at) {
  auto process = std::make_unique<Process>();
  auto bytes = read_spec(paths_.spec(at));
  auto spec = bytes ? decode_spec(*bytes) : Outcome<Spec>(failed(bytes.error()));
  if (spec) {
    process->spec = std::move(*spec);
  } else {
    give_reason(at, spec.error());
    process->spec.rules.autorestart = AutoRestart::never;  // nobody knows how to start it
  }
  return process;
}

void Processes::recover() {
  told_before_ = table_.header().last_event.load();
  for (std::uint32_t at = 0; at < table_.header().high.load(); ++at) {
    if (table_.slot(at).used.load() == 0) continue;
    auto process = load(at);
    auto spec = process->spec;
    place(at, std::move(process));
    apply_spec(at, std::move(spec));
  }
  for (std::uint32_t at = 0; at < end(); ++at)
    if (has(at)) recover_one(at);
  told_before_ = 0;
}

void Processes::recover_one(std::uint32_t at) {
  const auto& slot = table_.slot(at);
  auto life = Table::life(slot);
  schedule(at, life.deadline);
  // Also of one that has ended: what it wrote last is still in the FIFO.
  if (slot.incarnation > 0 && !process(at).spec.command.empty()) {
    if (auto opened = open_outputs(at); !opened) give_reason(at, opened.error());
    watch_outputs(at);
  }
  take_up(at);
}

/// The process of a state that has one.
void Processes::take_up(std::uint32_t at) {
  auto& row = table_.row(at);
  auto life = Table::life(table_.slot(at));
  if (!has_process(life.state)) return;
  auto& rules = process(at).spec.rules;
  if (auto step = static_cast<SpawnStep>(row.failed_step.load()); step != SpawnStep::none) {
    give_reason(at, explain(process(at).spec, step, row.failed_errno.load()));
    return perform(at, on_spawn_failed(life, rules, monotonic_now(), luck_ += 7919));
  }
  if (row.pid.load() == 0) {
    // The lock is ours, so no child is on its way: it was never born.
    if (life.state == State::stopping) return ended(at, Ending{.known = false}, 0);
    return perform(at, {life, Action::spawn});
  }
  auto found = row.exited.load() == 0 ? adopt(at) : Found::gone;
  if (found == Found::unknown) {  // nothing is started beside what may live
    process(at).is_unsure = true;
    return wait_a_moment(at);
  }
  if (found == Found::gone) {
    bool known = row.exited.load() != 0;
    auto status = row.status.load();
    return ended(at, known ? ending_of(status) : Ending{.known = false}, known ? status : 0);
  }
  if (!told_already(at, EventKind::started)) tell(at, EventKind::started);
  if (life.state == State::stopping)
    perform(at, {life, life.killed != 0 ? Action::send_kill : Action::send_stop});
}

Processes::Found Processes::adopt(std::uint32_t at) {
  auto& p = process(at);
  const auto& row = table_.row(at);
  auto pid = row.pid.load();
  // The descriptor first: what is read of the pid afterwards is of the process that it holds, or of
  // none any more.
  UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!pidfd) return errno == ESRCH ? Found::gone : Found::unknown;
  auto identity = identify(pid);
  if (!identity) {
    pollfd ended{pidfd.get(), POLLIN, 0};
    return ::poll(&ended, 1, 0) > 0 ? Found::gone : Found::unknown;
  }
  if (identity->start_time != row.start_time.load()) return Found::gone;
  ::fcntl(pidfd.get(), F_SETFD, FD_CLOEXEC);
  if (identity->parent == ::getpid())
    p.parent = Parent::keeper;
  else if (identity->parent == table_.header().guardian.load())
    p.parent = Parent::guardian;
  else
    p.parent = Parent::nobody;
  p.pidfd = std::move(pidfd);
  poller_.add(p.pidfd.get(), Watch::process, at);
  return Found::alive;
}

std::vector<Processes::Handed> Processes::hand_over() const {
  std::vector<Handed> all;
  for (std::uint32_t at = 0; at < end(); ++at) {
    if (!has(at)) continue;
    const auto& p = *processes_[at];
    Handed handed{.slot = at,
                  .parent = static_cast<std::int64_t>(p.parent),
                  .pidfd = p.pidfd.get(),
                  .fifos = {p.out.fifo_fd(), p.err.fifo_fd()},
                  .logs = {p.out.log().fd(), p.err.log().fd()},
                  .spec = encode(p.spec)};
    all.push_back(std::move(handed));
  }
  return all;
}

void Processes::take_over(const Handed& handed) {
  auto at = static_cast<std::uint32_t>(handed.slot);
  auto process = std::make_unique<Process>();
  if (auto spec = decode_spec(handed.spec)) process->spec = std::move(*spec);
  auto spec = process->spec;
  place(at, std::move(process));
  apply_spec(at, std::move(spec));
  auto& p = *processes_[at];
  p.parent = static_cast<Parent>(handed.parent);
  p.pidfd.reset(close_on_exec(handed.pidfd));
  Output* outputs[] = {&p.out, &p.err};
  for (std::size_t which = 0; which < 2; ++which) {
    if (handed.fifos[which] < 0) continue;
    outputs[which]->adopt(close_on_exec(handed.fifos[which]), close_on_exec(handed.logs[which]));
  }
  // The old self's watches came with its epoll; these are for what it had paused.
  watch_outputs(at);
  schedule(at, Table::life(table_.slot(at)).deadline);
  pollfd dead{p.pidfd.get(), POLLIN, 0};
  if (p.pidfd && p.parent == Parent::guardian && ::poll(&dead, 1, 0) > 0) awaited_.push_back(at);
}

std::vector<int> Processes::fifos() const {
  std::vector<int> all;
  for (std::uint32_t at = 0; at < end(); ++at)
    for (std::uint32_t which = 0; which < 2; ++which) {
      if (!has(at)) {
        all.push_back(-1);
        continue;
      }
      const auto& p = *processes_[at];
      all.push_back(which == 0 ? p.out.fifo_fd() : p.err.fifo_fd());
      if (all.back() >= 0) ::fcntl(all.back(), F_SETFD, 0);
    }
  return all;
}

}  // namespace reeve::keeper
