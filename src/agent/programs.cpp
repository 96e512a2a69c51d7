#include "agent/programs.hpp"

#include "agent/log_stream.hpp"
#include "base/quote.hpp"

#include <algorithm>
#include <deque>
#include <memory>
#include <utility>

namespace reeve::agent {
namespace {

// An edit is on its way to all nodes as soon as it is written down.
constexpr Duration kLongestWait = std::chrono::seconds(5);

/// The outcomes of one call, as they come.
struct Outcomes {
  explicit Outcomes(async::Loop& loop) : changed(loop) {}
  std::deque<link::ProcessOutcome> ready;
  std::size_t under_way = 0;
  async::Notifier changed;
};

}  // namespace

Programs::Programs(async::Loop& loop, async::BlockingPool& pool, sys::Files& files,
                   supervise::SupervisorSettings settings, Changed changed)
    : loop_(loop),
      pool_(pool),
      wanted_changed_(loop),
      supervisor_(loop, pool, files, std::move(settings), {.on_change = std::move(changed)}) {}

Task<Result<>> Programs::load() {
  auto loaded = co_await supervisor_.load();
  co_return loaded;
}

void Programs::start() { supervisor_.start(); }

Task<Result<>> Programs::stop(Duration limit) {
  auto stopped = co_await supervisor_.stop(limit);
  co_return stopped;
}

Task<Result<>> Programs::end(Duration limit) {
  auto ended = co_await supervisor_.end_programs(limit);
  co_return ended;
}

void Programs::want(const std::map<std::string, HeldProgram>& programs) {
  supervise::Programs all;
  all.reserve(programs.size());
  wanted_.clear();
  for (const auto& [uid, held] : programs) {
    all.push_back(held.program);
    wanted_[uid] = {held.program->epoch, held.program->version};
  }
  supervisor_.want(all);
  wanted_changed_.notify_all();
}

void Programs::end_orders() {
  is_ending_ = true;
  wanted_changed_.notify_all();
  supervisor_.end_orders();
}

Task<Result<>> Programs::wait_for_version(std::string program, Version version) {
  auto deadline = loop_.now() + kLongestWait;
  while (true) {
    auto here = wanted_.find(program);
    bool is_here = here != wanted_.end() && here->second >= version;
    if (is_here || version == Version()) co_return Result<>();
    if (is_ending_) co_return fail(Errc::unavailable, "the agent is shutting down");
    auto woken = co_await wanted_changed_.wait(deadline);
    if (woken) continue;
    if (woken.error().code != Errc::timeout) co_return woken;
    co_return fail(Errc::timeout,
                   "this node has not got program {} as it was edited last; try again",
                   quote(program));
  }
}

void Programs::complete(link::ProgramWord& word) const {
  auto state = supervisor_.state(word.program);
  if (!state) {
    if (!wanted_.contains(word.program)) word.removed = true;
    return;
  }
  if (!word.error) word.error = state->error;
  word.processes = std::move(state->processes);
}

Task<Result<>> Programs::answer_order(json::Value arguments, Calls::Stream stream) {
  CO_TRY_ASSIGN(auto call, json::decode<link::ProgramCall>(arguments, json::Mode::lenient));
  auto acting = act(std::move(call), [&stream](const link::ProcessOutcome& outcome) {
    return stream.write(json::encode_text(outcome) + "\n");
  });
  co_return co_await std::move(acting);
}

Task<Result<>> Programs::act(link::ProgramCall call, Told told) {
  CO_TRY(co_await wait_for_version(call.program, {call.epoch, call.version}));
  auto state = supervisor_.state(call.program);
  if (!state || !wanted_.contains(call.program))
    co_return fail(Errc::not_found, "program {} is not on this node", quote(call.program));
  std::vector<std::string> processes;
  for (const auto& process : state->processes)
    if (!call.processes ||
        std::ranges::find(*call.processes, process.process) != call.processes->end())
      processes.push_back(process.process);
  if (call.processes)
    for (const auto& named : *call.processes)
      if (std::ranges::find(processes, named) == processes.end())
        co_return fail(Errc::not_found, "program {} has no process {} on this node",
                       quote(state->name), quote(named));
  auto outcomes = std::make_shared<Outcomes>(loop_);
  outcomes->under_way = processes.size();
  for (const auto& process : processes)
    supervisor_.act(call.verb, process, call.signal.number, call.limit,
                    [outcomes, process](Result<> result) {
                      link::ProcessOutcome outcome{.process = process};
                      if (!result) outcome.error = std::move(result.error().what);
                      outcomes->ready.push_back(std::move(outcome));
                      --outcomes->under_way;
                      outcomes->changed.notify_all();
                    });
  while (outcomes->under_way > 0 || !outcomes->ready.empty()) {
    if (outcomes->ready.empty()) {
      CO_TRY(co_await outcomes->changed.wait());
      continue;
    }
    // Who reads the last outcome then sees how all of them are.
    if (outcomes->under_way == 0) supervisor_.tell_now();
    auto telling = told(std::move(outcomes->ready.front()));
    outcomes->ready.pop_front();
    CO_TRY(co_await std::move(telling));
  }
  co_return Result<>();
}

Result<supervise::LogPlace> Programs::log_of(const std::string& program, const std::string& process,
                                             model::OutputStream stream) const {
  auto state = supervisor_.state(program);
  if (!state || !wanted_.contains(program))
    return fail(Errc::not_found, "program {} is not on this node", quote(program));
  if (std::ranges::find(state->processes, process, &model::ProcessStatus::process) ==
      state->processes.end())
    return fail(Errc::not_found, "program {} has no process {} on this node", quote(state->name),
                quote(process));
  return supervisor_.log_of(process, stream);
}

Task<Result<>> Programs::answer_log(json::Value arguments, Calls::Stream stream) {
  CO_TRY_ASSIGN(auto call, json::decode<link::LogCall>(arguments, json::Mode::lenient));
  CO_TRY_ASSIGN(auto place, log_of(call.program, call.process, call.stream));
  if (logs_ >= kMostLogs)
    co_return fail(Errc::too_many, "{} logs of this node are being read already", kMostLogs);
  ++logs_;
  auto head = json::encode_text(link::LogHead{.file = place.file}) + "\n";
  supervise::LogChoice choice{call.tail, call.since, call.timestamps};
  LogStream log(pool_, std::move(place), choice, call.follow);
  auto sent = co_await stream.write(std::move(head));
  if (sent) {
    auto sending =
        log.send(loop_, [&stream](std::string piece) { return stream.write(std::move(piece)); });
    sent = co_await std::move(sending);
  }
  --logs_;
  co_return sent;
}

}  // namespace reeve::agent
