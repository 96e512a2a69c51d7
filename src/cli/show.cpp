#include "cli/show.hpp"

#include <fmt/core.h>

namespace reeve::cli {

Cell cell(model::NodeState state) {
  Tone tone = state == model::NodeState::up     ? Tone::good
              : state == model::NodeState::down ? Tone::bad
                                                : Tone::warning;
  return Cell(spoken(state), tone);
}

Cell cell(model::SubscriberState state) {
  switch (state) {
    case model::SubscriberState::current: return Cell(spoken(state), Tone::good);
    case model::SubscriberState::pending:
    case model::SubscriberState::waiting: return Cell(spoken(state), Tone::warning);
    case model::SubscriberState::failed:
    case model::SubscriberState::down: break;
  }
  return Cell(spoken(state), Tone::bad);
}

Cell cell(model::OperationState state) {
  switch (state) {
    case model::OperationState::done: return Cell(spoken(state), Tone::good);
    case model::OperationState::running: return Cell(spoken(state));
    case model::OperationState::cancelled: return Cell(spoken(state), Tone::warning);
    case model::OperationState::failed: break;
  }
  return Cell(spoken(state), Tone::bad);
}

Cell cell(model::NoticeLevel level) {
  Tone tone = level == model::NoticeLevel::error     ? Tone::bad
              : level == model::NoticeLevel::warning ? Tone::warning
                                                     : Tone::plain;
  return Cell(spoken(level), tone);
}

Cell cell(model::Status status) {
  return Cell(spoken(status), status == model::Status::online ? Tone::good : Tone::warning);
}

namespace {

std::string holds_text(const std::vector<model::Hold>& holds) {
  std::string out;
  for (const model::Hold& hold : holds) {
    if (!out.empty()) out += ", ";
    out += "held by " + (hold.who.empty() ? spoken(hold.by) : hold.who);
    if (!hold.why.empty()) out += ": " + hold.why;
  }
  return out;
}

std::string files_text(const std::vector<model::Output>& outputs) {
  std::string out;
  for (const model::Output& output : outputs) {
    if (!out.empty()) out += ", ";
    out += output.path.value_or("default") + " (" + spoken(output.format) + ")";
  }
  return out.empty() ? "default (swoole)" : out;
}

std::string last_line(std::string_view text) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  auto begin = text.rfind('\n');
  return std::string(begin == text.npos ? text : text.substr(begin + 1));
}

std::string hook_text(const model::HookRun& run, WallTime now) {
  auto text = hook_outcome(run, now);
  auto said = run.is_well() ? "" : last_line(run.output);
  return said.empty() ? text : text + ": " + said;
}

// Of several the one that went wrong.
Cell hooks_cell(const model::Subscriber& subscriber, WallTime now) {
  if (!subscriber.hooks || subscriber.hooks->empty()) return "-";
  for (const model::HookRun& run : *subscriber.hooks)
    if (!run.is_well()) return {hook_text(run, now), Tone::bad};
  return {hook_text(subscriber.hooks->front(), now), Tone::good};
}

Cell drift_cell(const model::Subscriber& subscriber, WallTime now) {
  if (!subscriber.drift || subscriber.drift->empty()) return "-";
  return {drift_text(subscriber.drift->front(), now), Tone::warning};
}

}  // namespace

std::string hook_outcome(const model::HookRun& run, WallTime now) {
  if (run.is_well()) return "ok " + relative(run.ended, now);
  if (run.error) return *run.error;
  if (run.signal) return fmt::format("killed by signal {}", *run.signal);
  return run.exit_code ? fmt::format("exit {}", *run.exit_code) : "did not run";
}

std::string drift_text(const model::FileDrift& drift, WallTime now) {
  auto text = fmt::format("changed {}, {}", relative(drift.at, now),
                          drift.repaired ? "put back" : "left as it is");
  return drift.note ? text + ": " + *drift.note : text;
}

Table instance_table(const std::vector<model::Instance>& instances) {
  Table table{"INSTANCE",
              {"STATUS", Worth::always},
              {"WEIGHT", Align::right},
              {"HEALTH", Worth::extra},
              {"LABELS", Worth::extra},
              {"WHY", Worth::always}};
  for (const model::Instance& one : instances)
    table.add({one.id(), cell(one.status), std::to_string(one.weight), spoken(one.health),
               labels_text(one.labels), holds_text(one.holds)});
  return table;
}

Table subscriber_table(const std::vector<model::Subscriber>& subscribers, WallTime now) {
  Table table{"NODE",
              {"STATE", Worth::always},
              {"PUSHED", Align::right},
              {"APPLIED", Align::right},
              {"FILE", Worth::extra},
              {"HOOK", Worth::rare},
              {"DRIFT", Worth::rare},
              {"ERROR", Worth::always}};
  for (const model::Subscriber& one : subscribers) {
    auto mark = [](const std::optional<model::ListMark>& list) {
      return list ? fmt::format("{} ({})", list->revision, list->version) : "-";
    };
    table.add({one.node, cell(one.state), mark(one.pushed), mark(one.applied),
               files_text(one.outputs), hooks_cell(one, now), drift_cell(one, now),
               Cell(one.error.value_or(""), Tone::bad)});
  }
  return table;
}

}  // namespace reeve::cli
