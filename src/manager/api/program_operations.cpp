#include "manager/api/program_operations.hpp"

#include "async/call.hpp"
#include "base/log.hpp"
#include "base/quote.hpp"
#include "link/program_call.hpp"
#include "manager/api/operation_document.hpp"
#include "manager/uid.hpp"

#include <utility>

namespace reeve::manager::api {
namespace {

using namespace std::chrono_literals;
using model::OperationState;

constexpr std::string_view kProgram = "program/";
// What an agent needs beside the processes' own time: it may wait for an edit first.
constexpr Duration kWay = 10s;
constexpr Duration kSaveAgain = 5s;

constexpr const char* kInterrupted =
    "the manager was restarted meanwhile and did not hear what came of it; look at the process";

/// The outcomes in the lines of an answer; what is no outcome is left out.
std::map<std::string, std::optional<std::string>> outcomes_in(std::string_view lines) {
  std::map<std::string, std::optional<std::string>> all;
  while (!lines.empty()) {
    auto end = lines.find('\n');
    auto line = lines.substr(0, end);
    lines = end == lines.npos ? std::string_view() : lines.substr(end + 1);
    auto outcome = json::decode_text<link::ProcessOutcome>(line, json::Mode::lenient);
    if (outcome) all[outcome->process] = std::move(outcome->error);
  }
  return all;
}

}  // namespace

ProgramOperations::ProgramOperations(async::Loop& domain, const sys::Clock& clock,
                                     store::Store& store, store::Catalog& catalog, Editor& editor,
                                     const AskAgent& ask)
    : domain_(domain),
      clock_(clock),
      store_(store),
      catalog_(catalog),
      editor_(editor),
      ask_(ask),
      has_room_(domain),
      tasks_(domain, "program operations") {}

void ProgramOperations::resume() {
  std::vector<std::string> uids;
  for (const auto& [uid, record] : catalog_.snapshot()->operations)
    if (record->index.state == OperationState::running &&
        record->index.object.starts_with(kProgram))
      uids.push_back(uid);
  if (!uids.empty()) tasks_.start(end_interrupted(std::move(uids)));
}

Task<> ProgramOperations::end_interrupted(std::vector<std::string> uids) {
  for (const auto& uid : uids) {
    auto snapshot = catalog_.snapshot();
    const auto* found = snapshot->operations.find(uid);
    if (!found) continue;
    auto operation = (*found)->unpacked();
    for (std::size_t i = 0; i < operation.results.size(); ++i)
      if (operation.results[i].state == OperationState::running)
        set_result(operation, i, OperationState::failed, kInterrupted);
    operation.state = OperationState::failed;
    operation.ended = clock_.wall();
    store::Commit commit;
    commit.writes.push_back(write_of(operation));
    auto written = co_await store_.commit(std::move(commit));
    if (!written)
      log::warning("an interrupted operation is not written down as such",
                   {{"operation", uid}, {"why", written.error().what}});
  }
}

std::string ProgramOperations::target_of(const Order& order, const std::string& node,
                                         const std::string& process) {
  return order.numprocs == 1 ? node : node + '/' + process;
}

ProgramOperations::RunPtr ProgramOperations::make(const Actor& actor, Order order) const {
  auto run = std::make_shared<Run>();
  auto& operation = run->operation;
  operation.started = clock_.wall();
  operation.uid = new_uid(operation.started);
  operation.kind = json::enum_name(order.verb);
  operation.object = std::string(kProgram) + order.name;
  operation.by = actor.who;
  operation.request_id = actor.request_id;
  for (const auto& node : order.nodes)
    for (const auto& process : node.processes) {
      auto target = target_of(order, node.name, process);
      run->results[target] = operation.results.size();
      operation.results.push_back({std::move(target), OperationState::running, std::nullopt});
    }
  operation.total = static_cast<std::uint32_t>(operation.results.size());
  run->left = order.nodes.size();
  run->order = std::move(order);
  return run;
}

Task<Result<model::Operation>> ProgramOperations::start(Actor actor, Order order) {
  auto run = make(actor, std::move(order));
  const auto& operation = run->operation;
  json::Object said{{"operation", operation.uid}, {"targets", operation.total}};
  if (run->order.verb == model::Verb::signal) said["signal"] = model::to_string(run->order.signal);
  Edit edit;
  edit.action = "program." + operation.kind;
  edit.object = operation.object;
  edit.after = std::move(said);
  auto runs = [this](const std::string& uid) { return running_.contains(uid); };
  for (auto& removal : removals_of_oldest(*catalog_.snapshot(), runs))
    edit.writes.push_back(std::move(removal));
  edit.writes.push_back(write_of(operation));
  CO_TRY(co_await editor_.commit(std::move(actor), std::move(edit)));
  running_[operation.uid] = run;
  for (std::size_t at = 0; at < run->order.nodes.size(); ++at) tasks_.start(ask_node(run, at));
  co_return operation;
}

Task<> ProgramOperations::ask_node(RunPtr run, std::size_t at) {
  while (asked_ >= kMostAsked && !run->is_over) {
    auto woken = co_await has_room_.wait();
    if (!woken) co_return;
  }
  if (run->is_over) co_return;
  ++asked_;
  const auto& node = run->order.nodes[at];
  link::ProgramCall call;
  call.program = run->order.program;
  call.epoch = run->order.epoch;
  call.version = run->order.version;
  call.verb = run->order.verb;
  call.processes = node.processes;
  call.signal = run->order.signal;
  call.limit = run->order.limit;
  AgentAsk ask;
  ask.method = link::kProgramCall;
  ask.arguments = json::encode(call);
  ask.limit = run->order.limit + kWay;
  auto asking = ask_(node.node, std::move(ask));
  auto answer = co_await std::move(asking);
  --asked_;
  has_room_.notify_all();
  bool is_cancelled = co_await async::is_cancelled();
  if (run->is_over || is_cancelled) co_return;
  note(*run, node, answer);
  if (--run->left > 0 || run->is_cancelling) co_return;
  co_await finish(run);
}

void ProgramOperations::note(Run& run, const NodeOrder& node, const Result<std::string>& answer) {
  auto outcomes = answer ? outcomes_in(*answer) : decltype(outcomes_in("")){};
  for (const auto& process : node.processes) {
    auto at = run.results.at(target_of(run.order, node.name, process));
    auto outcome = outcomes.find(process);
    if (!answer)
      set_result(run.operation, at, OperationState::failed, answer.error().what);
    else if (outcome == outcomes.end())
      set_result(run.operation, at, OperationState::failed, "the agent said nothing of it");
    else if (outcome->second)
      set_result(run.operation, at, OperationState::failed, outcome->second);
    else
      set_result(run.operation, at, OperationState::done, std::nullopt);
  }
}

/// Goes on trying to write the end down; until then the operation is shown from here.
Task<> ProgramOperations::finish(RunPtr run) {
  auto& operation = run->operation;
  operation.state = operation.failed > 0 ? OperationState::failed : OperationState::done;
  operation.ended = clock_.wall();
  while (!run->is_over) {
    store::Commit commit;
    commit.writes.push_back(write_of(operation));
    auto written = co_await store_.commit(std::move(commit));
    if (written) break;
    log::warning("the end of an operation is not written down",
                 {{"operation", operation.uid}, {"why", written.error().what}});
    auto slept = co_await domain_.sleep_for(kSaveAgain);
    if (!slept) co_return;
  }
  run->is_over = true;
  running_.erase(operation.uid);
}

const model::Operation* ProgramOperations::running(const std::string& uid) const {
  auto at = running_.find(uid);
  return at == running_.end() ? nullptr : &at->second->operation;
}

Task<Result<model::Operation>> ProgramOperations::cancel(Actor actor, std::string uid) {
  auto at = running_.find(uid);
  if (at == running_.end() || at->second->operation.state != OperationState::running)
    co_return fail(Errc::conflict, "operation {} does not run any more", quote(uid));
  auto run = at->second;
  run->is_cancelling = true;
  auto ended = cancelled(run->operation, clock_.wall());
  Edit edit;
  edit.action = "operation.cancel";
  edit.object = "operation/" + uid;
  edit.writes.push_back(write_of(ended));
  auto committed = co_await editor_.commit(std::move(actor), std::move(edit));
  run->is_cancelling = false;
  if (!committed) {
    if (run->left == 0) tasks_.start(finish(run));
    co_return fail(committed.error());
  }
  run->is_over = true;  // what still comes is not counted
  run->operation = ended;
  running_.erase(uid);
  has_room_.notify_all();
  co_return ended;
}

}  // namespace reeve::manager::api
