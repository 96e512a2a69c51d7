#include "cli/commands/program_verbs.hpp"

#include "cli/operation.hpp"
#include "cli/session.hpp"
#include "model/program.hpp"

#include <string>
#include <utility>
#include <vector>

namespace reeve::cli {

namespace {

constexpr Duration kLongestLocalOrder = std::chrono::minutes(11);

struct Given {
  std::string signal;
  std::vector<std::string> programs;
  std::vector<std::string> nodes;
  std::vector<std::string> processes;
  bool no_wait = false;
};

Result<json::Value> ask(Session& session, Client& client, const Given& given,
                        const std::string& program, std::string_view verb) {
  json::Object body;
  if (!given.nodes.empty()) body["nodes"] = json::Array(given.nodes.begin(), given.nodes.end());
  if (!given.processes.empty())
    body["processes"] = json::Array(given.processes.begin(), given.processes.end());
  if (!given.signal.empty()) body["signal"] = given.signal;
  client.heed_interrupts();
  // An agent answers when it is over.
  if (session.globals().local) client.set_deadline(kLongestLocalOrder);
  auto started = client.post(api_path({"programs", program, verb}), body);
  if (client.is_interrupted())
    return fail(Errc::cancelled,
                "interrupted; the {} may have begun all the same: `{} {}` shows it", verb,
                session.again(),
                session.globals().local ? "program get " + program + " --local" : "operation ls");
  return started;
}

/// All are asked before any is waited for.
Result<Answer> carry_out(Session& session, const Given& given, std::string_view verb) {
  TRY_ASSIGN(Client * client, session.client());
  std::vector<json::Value> started;
  for (const auto& program : given.programs) {
    TRY_ASSIGN(auto one, ask(session, *client, given, program, verb));
    started.push_back(std::move(one));
  }
  if (started.size() == 1)
    return follow_operation(session, std::move(started.front()), !given.no_wait);
  Answer all;
  json::Array items;
  for (auto& one : started) {
    TRY_ASSIGN(auto answer, follow_operation(session, std::move(one), !given.no_wait));
    items.push_back(std::move(answer.json));
    all.text += answer.text;
    all.has_failed |= answer.has_failed;
  }
  all.json = json::Object{{"items", std::move(items)}};
  return all;
}

Command with_options(Command command, const std::shared_ptr<Given>& given, std::string verb) {
  command.arguments("PROGRAM", given->programs, "one or more names")
      .option("--node", "NODE", given->nodes, "only there; may be repeated")
      .option("--process", "PROCESS", given->processes, "only this one of several; may be repeated")
      .flag("--no-wait", given->no_wait, "do not wait for the processes")
      .client([given, verb](Session& session) { return carry_out(session, *given, verb); });
  return command;
}

}  // namespace

void add_program_verbs(Command& program) {
  struct Verb {
    const char* name;
    const char* summary;
    const char* help;
  };
  for (const auto& verb :
       {Verb{"start", "start its processes", "Waits until each is RUNNING, or has failed."},
        Verb{"stop", "stop its processes; they stay so, over reboots too",
             "`stopsignal` first, KILL after `stopwaitsecs`. `reeve program start` ends it."},
        Verb{"restart", "stop and start its processes",
             "All at once, on all its nodes; name some with --node to go step by step. They take\n"
             "up the newest definition."}}) {
    Command command = program.add(verb.name, verb.summary);
    with_options(command, std::make_shared<Given>(), verb.name);
    command.teach(verb.help);
  }
  auto given = std::make_shared<Given>();
  Command signal = program.add("signal", "send its processes a signal");
  signal.argument("SIGNAL", given->signal, "HUP, USR1, …");
  with_options(signal, given, "signal");
  signal.check([given]() -> Result<> {
    TRY(model::parse_signal(given->signal));
    return {};
  });
}

}  // namespace reeve::cli
