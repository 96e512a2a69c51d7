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

}  // namespace

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

Table subscriber_table(const std::vector<model::Subscriber>& subscribers) {
  Table table{"NODE",
              {"STATE", Worth::always},
              {"PUSHED", Align::right},
              {"APPLIED", Align::right},
              {"FILE", Worth::extra},
              {"ERROR", Worth::always}};
  for (const model::Subscriber& one : subscribers) {
    auto mark = [](const std::optional<model::ListMark>& list) {
      return list ? fmt::format("{} ({})", list->revision, list->version) : "-";
    };
    table.add({one.node, cell(one.state), mark(one.pushed), mark(one.applied),
               files_text(one.outputs), Cell(one.error.value_or(""), Tone::bad)});
  }
  return table;
}

}  // namespace reeve::cli
