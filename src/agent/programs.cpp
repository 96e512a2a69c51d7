#include "agent/programs.hpp"

#include "base/quote.hpp"

#include <algorithm>
#include <deque>
#include <memory>
#include <utility>

namespace reeve::agent {
namespace {

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
    wanted_.insert(uid);
  }
  supervisor_.want(all);
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

Task<Result<>> Programs::act(json::Value arguments, Calls::Stream stream) {
  CO_TRY_ASSIGN(auto call, json::decode<link::ProgramCall>(arguments, json::Mode::lenient));
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
    auto line = json::encode_text(outcomes->ready.front()) + "\n";
    outcomes->ready.pop_front();
    CO_TRY(co_await stream.write(std::move(line)));
  }
  co_return Result<>();
}

}  // namespace reeve::agent
