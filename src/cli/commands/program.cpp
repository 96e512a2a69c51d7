// reeve program: what is kept running on the nodes.
#include "model/program.hpp"

#include "cli/commands/apply.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/deletion.hpp"
#include "cli/commands/program_logs.hpp"
#include "cli/commands/program_verbs.hpp"
#include "cli/show.hpp"
#include "cli/watch.hpp"
#include "model/process.hpp"

#include <fmt/ranges.h>

#include <cstring>

namespace reeve::cli {

namespace {

std::uint64_t total(const model::ProgramCounts& counts) {
  return counts.running + counts.changing + counts.stopped + counts.failed + counts.unknown;
}

Cell running_cell(const model::ProgramCounts& counts) {
  Tone tone = counts.failed > 0                 ? Tone::bad
              : counts.running == total(counts) ? Tone::plain
                                                : Tone::warning;
  return {fmt::format("{}/{}", counts.running, total(counts)), tone};
}

/// "2 failed, 1 outdated"; empty where there is nothing to say.
std::string trouble_text(const model::ProgramCounts& counts) {
  std::vector<std::string> parts;
  auto add = [&](std::uint64_t count, const char* what) {
    if (count > 0) parts.push_back(fmt::format("{} {}", count, what));
  };
  add(counts.failed, "failed");
  add(counts.unknown, "unknown");
  add(counts.stopped, "stopped");
  add(counts.outdated, "outdated");
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string placement_text(const Session& session, const model::ProgramSpec& program) {
  if (session.globals().local) return "this node";
  if (!program.placement) return "nowhere";
  if (program.placement->nodes)
    return fmt::format("{}", fmt::join(*program.placement->nodes, ", "));
  return labels_text(program.placement->selector.value_or(model::Labels()));
}

/// An agent does not know.
std::optional<WallTime> changed(const model::Program& program) {
  if (program.modified == WallTime()) return std::nullopt;
  return program.modified;
}

Result<Answer> list(Session& session, const std::optional<std::string>& search) {
  TRY_ASSIGN(Client * client, session.client());
  if (search && session.globals().local)
    return fail(
        Errc::unsupported,
        "an agent does not search; leave --search out, or ask the manager, without --local");
  std::string path = "/programs";
  if (search) path += "?q=" + net::percent_encode(*search);
  TRY_ASSIGN(auto programs, client->list<model::Program>(path));
  Answer answer{std::move(programs.json), "", false};
  if (programs.items.empty()) {
    answer.text = session.globals().local ? "this node runs no programs\n"
                  : search                ? "no program matches\n"
                                          : fmt::format(
                                 "no programs yet: `{0} program apply -f FILE` adds one (`{0} "
                                                "program apply --help` shows how it looks)\n",
                                 session.again());
    return answer;
  }
  Table table{"NAME",
              {"RUNNING", Align::right, Worth::always},
              {"NODES", Align::right},
              {"WHAT IS WRONG", Worth::always},
              {"PLACED ON", Worth::extra},
              {"CHANGED", Worth::extra},
              "DESCRIPTION"};
  for (const model::Program& one : programs.items)
    table.add({one.name, running_cell(one.processes), std::to_string(one.processes.nodes),
               trouble_text(one.processes), placement_text(session, one),
               relative(changed(one), session.now()), one.description});
  answer.text = table.text(session.out());
  return answer;
}

Cell state_cell(const model::Process& process) {
  auto name = std::string(json::enum_name(process.state));
  switch (process.state) {
    case model::ProcessState::RUNNING: return {name, Tone::good};
    case model::ProcessState::FATAL:
    case model::ProcessState::BACKOFF:
    case model::ProcessState::UNKNOWN: return {name, Tone::bad};
    default: return {name, Tone::warning};
  }
}

/// What there is to say beside the state: why, or how it ended last.
std::string why_text(const model::Process& process, WallTime now) {
  std::string text = process.reason.value_or("");
  auto add = [&](std::string more) { text += (text.empty() ? "" : "; ") + std::move(more); };
  bool is_up = process.state == model::ProcessState::RUNNING;
  if (text.empty() && !is_up && process.signal)
    add(fmt::format("ended by SIG{} {}", model::to_string({*process.signal}),
                    relative(process.ended, now)));
  else if (text.empty() && !is_up && process.exit_code)
    add(fmt::format("exited with {} {}", *process.exit_code, relative(process.ended, now)));
  if (process.held_until) add("tried again " + relative(*process.held_until, now));
  if (process.outdated) add("runs by an earlier definition: restart it");
  if (process.log_trouble) add("its output cannot be written: " + *process.log_trouble);
  return text;
}

Table process_table(const std::vector<model::Process>& processes, WallTime now) {
  Table table{"NODE",
              "PROCESS",
              {"STATE", Worth::always},
              {"PID", Align::right, Worth::extra},
              {"SINCE", Align::right},
              {"RESTARTS", Align::right, Worth::extra},
              {"WHY", Worth::always}};
  for (const model::Process& one : processes) {
    bool is_there = one.pid.has_value();
    table.add({one.node, one.process, state_cell(one), is_there ? std::to_string(*one.pid) : "-",
               relative(is_there ? one.started : one.ended, now), std::to_string(one.restarts),
               why_text(one, now)});
  }
  return table;
}

std::string heading(const Session& session, const model::Program& program) {
  std::string text = paint(program.name, Tone::strong, session.out());
  if (!program.description.empty()) text += "  " + printable(program.description);
  text += fmt::format("\n{}\n", printable(model::to_line(program.command)));
  text += fmt::format("revision {}", program.revision);
  if (auto when = changed(program)) text += ", changed " + relative(when, session.now());
  text += fmt::format(", on {}\n", placement_text(session, program));
  if (program.user) text += "as user " + printable(*program.user) + "\n";
  if (program.set) text += "of the set " + *program.set + "\n";
  return text + "\n";
}

Result<Answer> show(Session& session, const std::string& name) {
  TRY_ASSIGN(Client * client, session.client());
  std::string path = api_path({"programs", name});
  TRY_ASSIGN(auto value, client->get(path));
  TRY_ASSIGN(auto program, json::decode<model::Program>(value, json::Mode::lenient));
  Answer answer{std::move(value), heading(session, program), false};
  if (session.globals().json) return answer;
  TRY_ASSIGN(auto processes, client->list<model::Process>(path + "/processes"));
  if (!processes.items.empty())
    answer.text += process_table(processes.items, session.now()).text(session.out());
  else if (!program.placement)
    answer.text += "placed on no node yet: say `placement` in its manifest\n";
  else
    answer.text += "none of its nodes has joined yet\n";
  return answer;
}

void add_ls(Command& program) {
  auto search = std::make_shared<std::optional<std::string>>();
  Command command = program.add("ls", "list programs");
  command.option("--search,-q", "WORDS", *search, "only those with these words in them");
  watchable_client(command, {"program", "process", "node"},
                   [search](Session& session) { return list(session, *search); });
}

void add_delete(Command& program) {
  auto given = std::make_shared<Deletion>();
  Command command = program.add("delete", "delete a program; its processes are stopped");
  add_deletion_options(command, given, "PROGRAM", "nodes that run it");
  command.client([given](Session& session) { return delete_object(session, "program", *given); });
}

void add_program_apply(Command& program) {
  Command apply = program.add("apply", "make programs what manifests say");
  apply.teach(
      "As `reeve apply`; `kind` may be left out here. What a manifest says of `environment` and\n"
      "`placement` takes the place of what was there.\n"
      "  kind: program\n"
      "  name: web\n"
      "  command: [/usr/local/bin/web, --port, \"8080\"]\n"
      "  user: www-data\n"
      "  environment: {PORT: 8080}\n"
      "  placement: {selector: {role: web}}      # or {nodes: [web-1, web-2]}\n"
      "\n"
      "Processes that run take a change up when they are restarted: `reeve program restart web`.");
  make_apply(apply, "program");
}

}  // namespace

void add_program(Command& root) {
  Command program = root.add("program", "programs that run on the nodes", kProgramsGroup);
  program.teach(
      "Examples:\n"
      "  reeve program ls\n"
      "  reeve program get web --watch\n"
      "  reeve program apply -f web.yaml\n"
      "  reeve program restart web --node web-1\n"
      "  reeve program stop web                  and it stays so, over reboots too\n"
      "  reeve program signal HUP web\n"
      "  reeve program logs web -f");
  add_ls(program);
  auto name = std::make_shared<std::string>();
  Command get = program.add("get", "show a program and its processes");
  get.argument("PROGRAM", *name, "its name");
  watchable_client(get, {"program", "process", "node"},
                   [name](Session& session) { return show(session, *name); });
  add_program_apply(program);
  add_program_verbs(program);
  add_program_logs(program);
  add_delete(program);
}

}  // namespace reeve::cli
