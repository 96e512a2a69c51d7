#include "keeper/processes.hpp"

#include "keeper/clock.hpp"
#include "keeper/holding.hpp"
#include "keeper/spawn.hpp"
#include "keeper/spec_file.hpp"
#include "keeper/wait_status.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace reeve::keeper {
namespace {

constexpr std::int64_t kStuckPause = kSecond / 2;
constexpr unsigned kToGroup = 1U << 2;  // PIDFD_SIGNAL_PROCESS_GROUP, Linux 6.9
constexpr int kLastTurns = 64;          // of a removed process' outputs: about 64 MiB

}  // namespace

Processes::Processes(Table& table, Poller& poller, Paths paths, int guardian)
    : table_(table),
      poller_(poller),
      paths_(std::move(paths)),
      guardian_(guardian),
      cgroups_(Cgroups::open("reeve-keeper-" + std::to_string(table.header().guardian.load()))),
      luck_(static_cast<std::uint64_t>(monotonic_now())) {}

// ---- what an agent asks for

Outcome<std::uint32_t> Processes::find(const std::string& name) const {
  auto found = by_name_.find(name);
  if (found == by_name_.end()) return failed("there is no process \"" + name + "\"");
  return found->second;
}

Outcome<std::uint32_t> Processes::find_or_make(const std::string& name) {
  if (auto found = find(name)) return found;
  if (!is_valid_name(name)) return failed("a process cannot have this name");
  auto free = std::find(processes_.begin(), processes_.end(), nullptr);
  auto at = static_cast<std::uint32_t>(free - processes_.begin());
  if (auto room = table_.make_room_for(at); !room) return failed(room.error());
  return at;
}

std::string Processes::path_taken(std::uint32_t at, const Spec& spec) const {
  for (const auto* output : {&spec.out, &spec.err})
    if (auto found = by_log_.find(output->file); found != by_log_.end() && found->second != at)
      return "log file \"" + output->file + "\" is of process \"" +
             table_.slot(found->second).name + "\"";
  bool same = !spec.out.file.empty() && spec.out.file == spec.err.file && !spec.stderr_to_stdout;
  return same ? "stdout and stderr have one log file; say that stderr goes to stdout" : "";
}

Outcome<> Processes::set(const std::string& name, std::string_view bytes) {
  auto spec = decode_spec(bytes);
  if (!spec) return failed(spec.error());
  auto at = find_or_make(name);
  if (!at) return failed(at.error());
  if (auto taken = path_taken(*at, *spec); !taken.empty()) return failed(taken);
  if (auto written = write_spec(paths_.spec(*at), bytes); !written) return written;
  if (!has(*at)) {
    auto& slot = table_.slot(*at);
    std::memset(static_cast<void*>(&slot), 0, sizeof slot);
    std::memset(static_cast<void*>(&table_.row(*at)), 0, sizeof(Row));
    name.copy(slot.name, sizeof slot.name - 1);
    slot.uid = ++table_.header().last_uid;
    slot.used.store(1);
    place(*at, std::make_unique<Process>());
  }
  apply_spec(*at, std::move(*spec));
  return {};
}

void Processes::place(std::uint32_t at, std::unique_ptr<Process> process) {
  if (at >= processes_.size()) processes_.resize(at + 1);
  processes_[at] = std::move(process);
  by_name_[table_.slot(at).name] = at;
}

void Processes::apply_spec(std::uint32_t at, Spec spec) {
  auto& p = process(at);
  for (const auto* output : {&p.spec.out, &p.spec.err}) by_log_.erase(output->file);
  for (const auto* output : {&spec.out, &spec.err})
    if (!output->file.empty()) by_log_[output->file] = at;
  std::string name = table_.slot(at).name;
  if (p.out.fifo_path().empty()) {
    p.out = Output(paths_.fifo(name, "out"));
    p.err = Output(paths_.fifo(name, "err"));
  }
  p.out.log().set_spec(spec.out, log_user(spec, spec.out));
  p.err.log().set_spec(spec.stderr_to_stdout ? OutputSpec{} : spec.err, log_user(spec, spec.err));
  p.spec = std::move(spec);
}

Outcome<> Processes::remove(const std::string& name) {
  auto at = find(name);
  if (!at) return failed(at.error());
  auto& slot = table_.slot(*at);
  if (has_process(Table::life(slot).state))
    return failed("process \"" + name + "\" is not stopped");
  auto& p = process(*at);
  std::uint32_t which = 0;
  for (auto* output : {&p.out, &p.err}) {
    if (output->fifo_fd() >= 0) {
      // A process that it left behind may write for ever.
      for (int turn = 0; turn < kLastTurns; ++turn)
        if (output->pump(wall_now()) != Pumped::more) break;
      if (p.watching[which]) poller_.remove(output->fifo_fd());
      send_held(guardian_, held_index(*at, which), -1);
    }
    output->remove();
    ++which;
  }
  if (cgroups_) cgroups_->remove(name);
  tell(*at, EventKind::removed);
  for (const auto* output : {&p.spec.out, &p.spec.err}) by_log_.erase(output->file);
  slot.used.store(0);
  ::unlink(paths_.spec(*at).c_str());
  by_name_.erase(name);
  processes_[*at].reset();
  return {};
}

Outcome<> Processes::start(const std::string& name) {
  auto at = find(name);
  if (!at) return failed(at.error());
  perform(*at, on_start(Table::life(table_.slot(*at)), process(*at).spec.rules, monotonic_now()));
  return {};
}

Outcome<> Processes::stop(const std::string& name) {
  auto at = find(name);
  if (!at) return failed(at.error());
  perform(*at, on_stop(Table::life(table_.slot(*at)), process(*at).spec.rules, monotonic_now()));
  return {};
}

Outcome<> Processes::restart(const std::string& name) {
  auto at = find(name);
  if (!at) return failed(at.error());
  perform(*at, on_restart(Table::life(table_.slot(*at)), process(*at).spec.rules, monotonic_now()));
  return {};
}

Outcome<> Processes::signal(const std::string& name, int number, bool group) {
  auto at = find(name);
  if (!at) return failed(at.error());
  if (number < 1 || number > SIGRTMAX)
    return failed("there is no signal " + std::to_string(number));
  if (!process(*at).pidfd) return failed("process \"" + name + "\" is not running");
  send_signal(*at, number, group);
  return {};
}

Outcome<> Processes::rotate(const std::string& name) {
  auto at = find(name);
  if (!at) return failed(at.error());
  std::uint32_t which = 0;
  for (auto* output : {&process(*at).out, &process(*at).err}) {
    output->ask_to_rotate();
    if (output->fifo_fd() >= 0) on_output(*at, static_cast<int>(which));
    ++which;
  }
  return {};
}

void Processes::stop_all() {
  for (std::uint32_t at = 0; at < end(); ++at)
    if (has(at))
      perform(at, on_stop(Table::life(table_.slot(at)), process(at).spec.rules, monotonic_now()));
}

bool Processes::any_left() const {
  for (std::uint32_t at = 0; at < end(); ++at)
    if (has(at) && has_process(Table::life(table_.slot(at)).state)) return true;
  return false;
}

// ---- carrying out

void Processes::perform(std::uint32_t at, const Step& step) {
  auto& slot = table_.slot(at);
  auto before = Table::life(slot).state;
  // First, or the next keeper would take the last life's end for this one's.
  if (step.action == Action::spawn) clear(table_.row(at), table_.header().epoch.load());
  Table::set_life(slot, step.life);
  schedule(at, step.life.deadline);
  auto& spec = process(at).spec;
  switch (step.action) {
    case Action::none: break;
    case Action::send_stop: send_signal(at, spec.stop_signal, spec.stop_as_group); break;
    case Action::send_kill:
      send_signal(at, SIGKILL, spec.kill_as_group);
      if (spec.kill_as_group && cgroups_) (void)cgroups_->kill(slot.name);
      break;
    case Action::spawn:
      if (auto made = make_process(at); !made) {
        give_reason(at, made.error());
        tell(at, EventKind::state);
        perform(at, on_spawn_failed(step.life, spec.rules, monotonic_now(), luck_ += 7919));
        return;
      }
      give_reason(at, "");
      tell(at, EventKind::started);
      return;
  }
  if (before != step.life.state) tell(at, EventKind::state);
}

Outcome<> Processes::open_outputs(std::uint32_t at) {
  auto& p = process(at);
  std::uint32_t which = 0;
  for (auto* output : {&p.out, &p.err}) {
    bool had = output->fifo_fd() >= 0;
    if (auto opened = output->open(p.spec); !opened) return opened;
    if (!had && output->fifo_fd() >= 0)
      send_held(guardian_, held_index(at, which), output->fifo_fd());
    ++which;
  }
  return {};
}

Outcome<> Processes::aim_outputs(std::uint32_t at) {
  auto& p = process(at);
  const Output* outputs[] = {&p.out, p.spec.stderr_to_stdout ? &p.out : &p.err};
  constexpr int kLow[] = {kOutFd, kErrFd};
  for (int which = 0; which < 2; ++which) {
    if (outputs[which]->is_nowhere()) continue;
    auto writer = outputs[which]->writer();
    if (!writer) return failed(writer.error());
    ::dup3(writer->get(), kLow[which], O_CLOEXEC);
  }
  return {};
}

void Processes::watch_outputs(std::uint32_t at) {
  auto& p = process(at);
  const Output* outputs[] = {&p.out, &p.err};
  constexpr Watch kWatches[] = {Watch::out, Watch::err};
  for (std::size_t which = 0; which < 2; ++which) {
    if (outputs[which]->fifo_fd() < 0 || std::exchange(p.watching[which], true)) continue;
    poller_.add(outputs[which]->fifo_fd(), kWatches[which], at);
  }
}

Outcome<> Processes::make_process(std::uint32_t at) {
  auto& p = process(at);
  auto& slot = table_.slot(at);
  const auto& header = table_.header();
  ++slot.incarnation;
  slot.started_mark = p.spec.mark;
  slot.started_wall = wall_now();
  if (auto opened = open_outputs(at); !opened) return opened;
  auto aimed = aim_outputs(at);
  UniqueFd cgroup;
  if (cgroups_ && p.spec.own_cgroup) cgroup = cgroups_->enter(slot.name);
  if (cgroup) ::dup3(cgroup.get(), kCgroupFd, O_CLOEXEC);
  SpawnOrder order{.spec = p.spec,
                   .row = table_.row(at),
                   .epoch = header.epoch.load(),
                   .in_cgroup = static_cast<bool>(cgroup),
                   .nofile = {header.nofile_soft, header.nofile_hard},
                   .oom_score_adj = header.oom_score_adj,
                   .reset_oom = header.oom_lowered != 0};
  auto made = aimed ? spawn(order) : Outcome<Spawned>(failed(aimed.error()));
  for (int low : {kOutFd, kErrFd, kCgroupFd}) ::dup3(kNullFd, low, O_CLOEXEC);
  if (!made) return failed(made.error());
  p.pidfd = std::move(made->pidfd);
  p.parent = Parent::keeper;
  poller_.add(p.pidfd.get(), Watch::process, at);
  watch_outputs(at);
  return {};
}

void Processes::send_signal(std::uint32_t at, int number, bool group) {
  const auto& p = process(at);
  if (!p.pidfd) return;
  auto flags = group ? kToGroup : 0;
  if (::syscall(SYS_pidfd_send_signal, p.pidfd.get(), number, nullptr, flags) == 0 || !group)
    return;
  // An older kernel. Our own child's number is not given away before we reap it.
  if (p.parent == Parent::keeper && errno == EINVAL)
    ::kill(-table_.row(at).pid.load(), number);
  else
    ::syscall(SYS_pidfd_send_signal, p.pidfd.get(), number, nullptr, 0);
}

void Processes::kill_leftovers(std::uint32_t at, std::int32_t group_leader) {
  const auto& slot = table_.slot(at);
  if (Table::life(slot).state != State::stopping || !process(at).spec.kill_as_group) return;
  if (group_leader > 0) ::kill(-group_leader, SIGKILL);
  if (cgroups_) (void)cgroups_->kill(slot.name);
}

void Processes::on_process(std::uint32_t at) {
  if (!has(at) || !process(at).pidfd) return;
  auto& p = process(at);
  auto& row = table_.row(at);
  if (p.parent == Parent::keeper) {
    siginfo_t info{};
    auto id = static_cast<id_t>(p.pidfd.get());
    if (::waitid(P_PIDFD, id, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0) return;
    row.status.store(wait_status(info));
    row.exited.store(1);
    kill_leftovers(at, info.si_pid);  // while the zombie keeps its number
    ::waitid(P_PIDFD, id, &info, WEXITED);
  } else if (row.exited.load() == 0) {
    poller_.remove(p.pidfd.get());
    if (p.parent == Parent::nobody) return ended(at, Ending{.known = false}, 0);
    awaited_.push_back(at);
    return;
  } else {
    kill_leftovers(at, 0);
  }
  ended(at, ending_of(row.status.load()), row.status.load());
}

void Processes::on_guardian_word() {
  for (auto at : std::exchange(awaited_, {})) {
    if (!has(at) || !process(at).pidfd) continue;
    if (table_.row(at).exited.load() == 0)
      awaited_.push_back(at);
    else
      on_process(at);
  }
}

void Processes::ended(std::uint32_t at, const Ending& ending, std::int32_t status) {
  auto& slot = table_.slot(at);
  auto& p = process(at);
  if (p.pidfd) poller_.remove(p.pidfd.get());
  p.pidfd.reset();
  auto before = Table::life(slot);
  auto step = on_ended(before, p.spec.rules, ending, monotonic_now(), luck_ += 7919);
  if (!told_already(at, EventKind::ended)) tell(at, EventKind::ended, status, ending.known);
  if (slot.ended_for != slot.incarnation) {
    slot.ended_for = slot.incarnation;
    ++slot.ends;
    slot.last_status = status;
    slot.last_known = ending.known;
    slot.ended_wall = wall_now();
    bool again = step.action == Action::spawn || step.life.state == State::backoff;
    if (again && before.state != State::stopping) ++slot.restarts;
  }
  perform(at, step);
}

// ---- output

void Processes::on_output(std::uint32_t at, int which) {
  if (!has(at)) return;
  auto& p = process(at);
  auto& output = which == 0 ? p.out : p.err;
  bool& watching = p.watching[which];
  if (output.fifo_fd() < 0) return;
  auto trouble = output.trouble();
  auto pumped = output.pump(wall_now());
  if (pumped == Pumped::ended || pumped == Pumped::stuck) {
    // Level-triggered: neither an end nor a full disk may spin.
    if (std::exchange(watching, false)) poller_.remove(output.fifo_fd());
  }
  if (pumped == Pumped::stuck) wait_a_moment(at);
  if (trouble != output.trouble()) tell(at, EventKind::output, output.trouble());
}

// ---- time

void Processes::wait_a_moment(std::uint32_t at) {
  process(at).look_again = monotonic_now() + kStuckPause;
  schedule(at, process(at).look_again);
}

void Processes::schedule(std::uint32_t at, std::int64_t deadline) {
  if (deadline != 0) due_.emplace(deadline, at);
}

std::int64_t Processes::deadline_of(std::uint32_t at) const {
  if (!has(at)) return 0;
  auto life = Table::life(table_.slot(at)).deadline;
  auto retry = processes_[at]->look_again;
  if (life == 0 || retry == 0) return std::max(life, retry);
  return std::min(life, retry);
}

void Processes::on_deadlines() {
  auto now = monotonic_now();
  while (!due_.empty() && due_.top().first <= now) {
    auto at = due_.top().second;
    due_.pop();
    if (!has(at)) continue;
    auto& p = process(at);
    if (p.look_again != 0 && p.look_again <= now) {
      p.look_again = 0;
      if (std::exchange(p.is_unsure, false)) take_up(at);
      watch_outputs(at);
    }
    auto life = Table::life(table_.slot(at));
    if (life.deadline != 0 && life.deadline <= now)
      perform(at, on_deadline(life, p.spec.rules, now));
  }
}

int Processes::timeout() {
  // What was put off or called off meanwhile wakes nobody.
  while (!due_.empty()) {
    auto [deadline, at] = due_.top();
    auto real = deadline_of(at);
    auto wanted = has(at) && (deadline == Table::life(table_.slot(at)).deadline ||
                              deadline == processes_[at]->look_again);
    if (real != 0 && wanted) break;
    due_.pop();
  }
  if (due_.empty()) return -1;
  auto left = due_.top().first - monotonic_now();
  return left <= 0 ? 0 : static_cast<int>(left / kMillisecond) + 1;
}

// ---- telling

void Processes::tell(std::uint32_t at, EventKind kind, std::int32_t status, bool known) {
  const auto& slot = table_.slot(at);
  Event event{.wall = wall_now(),
              .slot = at,
              .kind = kind,
              .incarnation = slot.incarnation,
              .uid = slot.uid,
              .status = status,
              .known = known};
  event.state = static_cast<std::int32_t>(Table::life(slot).state);
  event.pid = table_.row(at).pid.load();
  table_.append(event);
}

bool Processes::told_already(std::uint32_t at, EventKind kind) const {
  const auto& slot = table_.slot(at);
  for (auto sequence = told_before_; sequence > 0; --sequence) {
    const auto* event = table_.event(sequence);
    if (event == nullptr) return false;
    if (event->kind == kind && event->uid == slot.uid && event->incarnation == slot.incarnation)
      return true;
  }
  return false;
}

void Processes::give_reason(std::uint32_t at, std::string_view reason) {
  auto& slot = table_.slot(at);
  std::memset(slot.reason, 0, sizeof slot.reason);
  reason.copy(slot.reason, sizeof slot.reason - 1);
}

std::optional<Report> Processes::report(const std::string& name) const {
  auto at = find(name);
  return at ? std::optional(report(*at)) : std::nullopt;
}

Report Processes::report(std::uint32_t at) const {
  const auto& slot = table_.slot(at);
  const auto& p = *processes_[at];
  auto life = Table::life(slot);
  Report report;
  report.uid = slot.uid;
  report.name = slot.name;
  report.state = life.state;
  report.pid = has_process(life.state) ? table_.row(at).pid.load() : 0;
  report.incarnation = static_cast<std::int64_t>(slot.incarnation);
  report.ends = static_cast<std::int64_t>(slot.ends);
  report.restarts = static_cast<std::int64_t>(slot.restarts);
  report.failures = life.failures;
  report.started = slot.started_wall;
  report.ended = slot.ended_wall;
  if (life.held != 0) report.held_until = wall_now() + life.deadline - monotonic_now();
  report.status = slot.last_status;
  report.known = slot.last_known;
  report.trouble = p.out.trouble() != 0 ? p.out.trouble() : p.err.trouble();
  report.reason = slot.reason;
  report.mark = p.spec.mark;
  report.started_mark = slot.started_mark;
  return report;
}

}  // namespace reeve::keeper
