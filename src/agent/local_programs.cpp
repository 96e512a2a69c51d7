#include "agent/local_programs.hpp"

#include "agent/log_stream.hpp"
#include "base/log.hpp"
#include "base/quote.hpp"
#include "link/log_query.hpp"
#include "model/name.hpp"
#include "model/record.hpp"
#include "net/stream_writer.hpp"

#include <unistd.h>

#include <algorithm>
#include <utility>

namespace reeve::agent {
namespace {

/// What programs get and write is for those who may act for this agent.
Result<> check_caller(const LocalCall& call) {
  const auto& process = call.request.peer->process;
  if (process && (process->uid == 0 || process->uid == ::geteuid())) return {};
  return fail(Errc::forbidden,
              "programs are shown on the agent's Unix socket alone, to its own user: use --local, "
              "or ask the manager");
}

net::Response json_response(const json::Value& value) {
  net::Response response;
  response.content_type = "application/json";
  response.body = json::serialize(value);
  return response;
}

net::Response list_response(json::Array items) {
  return json_response(json::Object{{"items", std::move(items)}, {"next", nullptr}});
}

Task<> send(std::shared_ptr<LogStream> log, net::StreamWriter writer) {
  auto sending = log->send(writer.loop(),
                           [&writer](std::string piece) { return writer.write(std::move(piece)); });
  auto sent = co_await std::move(sending);
  if (!sent) writer.cut();
}

using Outcomes = std::vector<link::ProcessOutcome>;

Task<Result<>> keep(std::shared_ptr<Outcomes> outcomes, link::ProcessOutcome outcome) {
  outcomes->push_back(std::move(outcome));
  co_return Result<>();
}

/// What has come of an order, as the manager would show it.
model::Operation operation_of(const link::ProgramCall& call, const std::string& program,
                              const Outcomes& outcomes) {
  model::Operation operation;
  operation.uid = "local";
  operation.kind = json::enum_name(call.verb);
  operation.object = "program/" + program;
  operation.total = static_cast<std::uint32_t>(outcomes.size());
  for (const auto& outcome : outcomes) {
    auto state = outcome.error ? model::OperationState::failed : model::OperationState::done;
    ++(outcome.error ? operation.failed : operation.done);
    operation.results.push_back({outcome.process, state, outcome.error});
  }
  operation.state =
      operation.failed > 0 ? model::OperationState::failed : model::OperationState::done;
  return operation;
}

}  // namespace

LocalPrograms::LocalPrograms(async::Loop& domain, async::BlockingPool& pool,
                             const std::string& node, const Applier& applier, Programs& programs)
    : domain_(domain), pool_(pool), node_(node), applier_(applier), programs_(programs) {}

Result<LocalPrograms::ProgramPtr> LocalPrograms::find(const LocalCall& call) const {
  const auto& name = call.params["program"];
  auto folded = model::fold(name);
  for (const auto& [uid, held] : applier_.spec().programs)
    if (model::fold(held.program->name) == folded) return held.program;
  return fail(Errc::not_found, "this node has no program {}", quote(name));
}

LocalProgram LocalPrograms::shown(const model::PlacedProgram& program) const {
  LocalProgram shown;
  static_cast<model::ProgramSpec&>(shown) = program;
  shown.uid = program.uid;
  shown.name = program.name;
  shown.revision = program.revision;
  shown.version = program.version;
  shown.processes.nodes = 1;
  if (auto state = programs_.supervisor().state(program.uid))
    for (const auto& process : state->processes) count(process, shown.processes);
  return shown;
}

Task<Result<net::Response>> LocalPrograms::list(LocalCall call) const {
  CO_TRY(check_caller(call));
  std::vector<LocalProgram> all;
  for (const auto& [uid, held] : applier_.spec().programs) all.push_back(shown(*held.program));
  std::ranges::sort(all, {}, [](const auto& one) { return model::fold(one.name); });
  json::Array items;
  for (const auto& one : all) items.push_back(json::encode(one));
  co_return list_response(std::move(items));
}

Task<Result<net::Response>> LocalPrograms::get(LocalCall call) const {
  CO_TRY(check_caller(call));
  CO_TRY_ASSIGN(auto program, find(call));
  co_return json_response(json::encode(shown(*program)));
}

Task<Result<net::Response>> LocalPrograms::processes(LocalCall call) const {
  CO_TRY(check_caller(call));
  CO_TRY_ASSIGN(auto program, find(call));
  json::Array items;
  if (auto state = programs_.supervisor().state(program->uid))
    for (auto& status : state->processes) {
      model::Process process;
      static_cast<model::ProcessStatus&>(process) = std::move(status);
      if (!process.reason && process.state == model::ProcessState::UNKNOWN)
        process.reason = state->error;
      process.program = program->name;
      process.node = node_;
      items.push_back(json::encode(process));
    }
  co_return list_response(std::move(items));
}

Task<Result<net::Response>> LocalPrograms::log(LocalCall call) const {
  CO_TRY(check_caller(call));
  CO_TRY_ASSIGN(auto program, find(call));
  if (model::fold(call.params["node"]) != model::fold(node_))
    co_return fail(Errc::not_found, "this is node {}", quote(node_));
  CO_TRY_ASSIGN(auto asked, link::log_call_of(call.request, domain_.clock().wall()));
  CO_TRY_ASSIGN(auto place, programs_.log_of(program->uid, call.params["process"], asked.stream));
  supervise::LogChoice choice{asked.tail, asked.since, asked.timestamps};
  auto log = std::make_shared<LogStream>(pool_, std::move(place), choice, asked.follow);
  net::Response response;
  response.content_type = "text/plain; charset=utf-8";
  response.stream = [log](net::StreamWriter writer) { return send(log, writer); };
  co_return response;
}

Result<link::ProgramCall> LocalPrograms::order_in(const LocalCall& call, model::Verb verb) const {
  TRY_ASSIGN(auto program, find(call));
  link::ProgramCall order;
  order.program = program->uid;
  order.verb = verb;
  order.limit = model::longest_order(*program);
  model::SignalRequest asked;
  std::string_view body = call.request.body.empty() ? "{}" : std::string_view(call.request.body);
  if (verb == model::Verb::signal) {
    TRY_ASSIGN(asked, json::decode_text<model::SignalRequest>(body, json::Mode::strict));
  } else {
    TRY_ASSIGN(static_cast<model::VerbRequest&>(asked),
               json::decode_text<model::VerbRequest>(body, json::Mode::strict));
  }
  if (asked.nodes && std::ranges::none_of(*asked.nodes, [&](const auto& name) {
        return model::fold(name) == model::fold(node_);
      }))
    return fail_at("/nodes/0", Errc::not_found, "this is node {}", quote(node_));
  order.processes = std::move(asked.processes);
  order.signal = asked.signal;
  return order;
}

Task<Result<net::Response>> LocalPrograms::order(LocalCall call, model::Verb verb) {
  CO_TRY(check_caller(call));
  CO_TRY_ASSIGN(auto order, order_in(call, verb));
  const auto& name = call.params["program"];
  log::info("order on this node", {{"program", name},
                                   {"verb", std::string(json::enum_name(verb))},
                                   {"uid", call.request.peer->process->uid}});
  auto outcomes = std::make_shared<Outcomes>();
  auto acting = programs_.act(order, [outcomes](link::ProcessOutcome outcome) {
    return keep(outcomes, std::move(outcome));
  });
  CO_TRY(co_await std::move(acting));
  auto operation = operation_of(order, name, *outcomes);
  co_return json_response(json::Object{{"operation", json::encode(operation)}});
}

}  // namespace reeve::agent
