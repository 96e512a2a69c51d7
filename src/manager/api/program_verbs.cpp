// POST /api/v1/programs/{program}/start|stop|restart|signal
#include "base/quote.hpp"
#include "manager/api/answers.hpp"
#include "manager/api/body.hpp"
#include "manager/api/handlers.hpp"
#include "manager/api/program_operations.hpp"
#include "manager/api/program_view.hpp"
#include "manager/api/types.hpp"
#include "manager/hold.hpp"
#include "model/name.hpp"
#include "net/query.hpp"

#include <algorithm>
#include <set>

namespace reeve::manager::api {
namespace {

/// Those of the program that were named, or all.
Result<std::vector<std::string>> processes_named(
    const model::StoredProgram& program, const std::optional<std::vector<std::string>>& named) {
  std::vector<std::string> all;
  all.reserve(program.numprocs);
  for (std::uint32_t i = 0; i < program.numprocs; ++i)
    all.push_back(model::process_name(program.name, i, program.numprocs));
  if (!named) return all;
  std::set<std::string> chosen;
  json::Faults faults;
  json::Path root;
  for (std::size_t i = 0; i < named->size(); ++i) {
    const auto& name = (*named)[i];
    if (std::ranges::find(all, name) == all.end())
      faults.add(root / "processes" / i,
                 fmt::format("program {} has no process {}", quote(program.name), quote(name)),
                 Errc::not_found);
    chosen.insert(name);
  }
  if (!faults.empty()) return fail(error_of(faults.take()));
  return std::vector<std::string>(chosen.begin(), chosen.end());
}

/// The nodes that were named, or all that it is placed on.
Result<std::vector<model::StoredNode>> nodes_named(
    const model::StoredProgram& program, const store::Snapshot& snapshot,
    const std::optional<std::vector<std::string>>& named) {
  std::vector<model::StoredNode> all;
  for_each_node(program, snapshot, [&](const model::StoredNode& node) { all.push_back(node); });
  if (!named) {
    if (all.empty())
      return fail(Errc::conflict, "program {} is placed on no node that has joined",
                  quote(program.name));
    return all;
  }
  std::set<std::string> chosen;
  json::Faults faults;
  json::Path root;
  for (std::size_t i = 0; i < named->size(); ++i) {
    auto folded = model::fold((*named)[i]);
    bool is_there = std::ranges::any_of(
        all, [&](const auto& node) { return model::fold(node.name) == folded; });
    if (!is_there)
      faults.add(root / "nodes" / i,
                 fmt::format("program {} is not placed on node {}", quote(program.name),
                             quote((*named)[i])),
                 Errc::not_found);
    chosen.insert(std::move(folded));
  }
  if (!faults.empty()) return fail(error_of(faults.take()));
  std::erase_if(all, [&](const auto& node) { return !chosen.contains(model::fold(node.name)); });
  return all;
}

struct Ask {
  model::Verb verb = model::Verb::start;
  model::VerbRequest whom{};
  model::Signal signal{};
};

// Domain loop.
Task<Result<Response>> order(Call call, Ask ask) {
  auto snapshot = call.context.catalog.snapshot();
  CO_TRY_ASSIGN(auto program, find_program(*snapshot, call.param("program")));
  const auto& stored = program->value;
  CO_TRY_ASSIGN(auto processes, processes_named(stored, ask.whom.processes));
  CO_TRY_ASSIGN(auto nodes, nodes_named(stored, *snapshot, ask.whom.nodes));
  if (nodes.size() * processes.size() > ProgramOperations::kMostResults)
    co_return fail(Errc::too_many, "{} processes on {} nodes are more than {} at once: name some",
                   processes.size(), nodes.size(), ProgramOperations::kMostResults);
  ProgramOperations::Order made;
  made.verb = ask.verb;
  made.signal = ask.signal;
  made.program = stored.uid;
  made.name = stored.name;
  made.epoch = snapshot->cluster->value.epoch;
  made.version = program->modified;
  made.numprocs = stored.numprocs;
  made.limit = model::longest_order(stored);
  for (const auto& node : nodes) made.nodes.push_back({node.uid, node.name, processes});
  auto& operations = call.context.program_operations;
  CO_TRY_ASSIGN(auto operation, co_await operations.start(actor_of(call), std::move(made)));
  co_return json_answer(OperationAnswer{std::move(operation)}, 202);
}

Task<Result<Response>> carry_out(Call call, model::Verb verb) {
  CO_TRY(Query(call.request).check());
  Ask ask{verb};
  CO_TRY_ASSIGN(ask.whom, body_or_default<model::VerbRequest>(call.request));
  auto work = order(call, std::move(ask));
  co_return co_await async::on_loop(call.context.domain, std::move(work));
}

}  // namespace

Task<Result<Response>> start_program(Call call) {
  auto work = carry_out(call, model::Verb::start);
  co_return co_await std::move(work);
}

Task<Result<Response>> stop_program(Call call) {
  auto work = carry_out(call, model::Verb::stop);
  co_return co_await std::move(work);
}

Task<Result<Response>> restart_program(Call call) {
  auto work = carry_out(call, model::Verb::restart);
  co_return co_await std::move(work);
}

Task<Result<Response>> signal_program(Call call) {
  CO_TRY(Query(call.request).check());
  CO_TRY_ASSIGN(auto asked, body<model::SignalRequest>(call.request));
  Ask ask{model::Verb::signal, asked, asked.signal};
  auto work = order(call, std::move(ask));
  co_return co_await async::on_loop(call.context.domain, std::move(work));
}

}  // namespace reeve::manager::api
