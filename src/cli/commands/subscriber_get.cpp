#include "cli/commands/subscriber_get.hpp"

#include "base/duration.hpp"
#include "cli/session.hpp"
#include "cli/show.hpp"
#include "cli/terminal/words.hpp"
#include "cli/watch.hpp"

namespace reeve::cli {

namespace {

struct Given {
  std::string service;
  std::string node;
};

std::string mark_text(const std::optional<model::ListMark>& mark) {
  return mark ? fmt::format("revision {} (version {})", mark->revision, mark->version) : "nothing";
}

std::string command_text(const std::vector<std::string>& argv) {
  std::string text;
  for (const std::string& word : argv) text += (text.empty() ? "" : " ") + shell_word(word);
  return printable(text);
}

/// A file in a line, and what runs after it.
std::string output_text(const model::Output& output) {
  std::string text = fmt::format("file     {}, {}, mode {}", output.path.value_or("default"),
                                 spoken(output.format), output.mode);
  if (output.owner) text += ", of " + *output.owner;
  if (output.select) text += ", only " + labels_text(*output.select);
  if (output.drift) text += ", drift: " + spoken(*output.drift);
  text = printable(text) + "\n";
  if (output.on_change)
    text += fmt::format("         then {}, after {}\n", command_text(*output.on_change),
                        format_duration(output.debounce.value_or(model::kDebounce)));
  return text;
}

std::string indented(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    auto end = text.find('\n');
    out += "  | " + printable(text.substr(0, end)) + "\n";
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
  }
  return out;
}

std::string facts_text(const Session& session, const model::Subscriber& one) {
  std::string text = fmt::format("state    {}\npushed   {}\napplied  {}\n",
                                 paint(cell(one.state).text, cell(one.state).tone, session.out()),
                                 mark_text(one.pushed), mark_text(one.applied));
  if (one.error)
    text += "error    " + paint(printable(*one.error), Tone::bad, session.out()) + "\n";
  for (const model::Output& output : one.outputs) text += output_text(output);
  for (const model::FileDrift& drift : one.drift.value_or(std::vector<model::FileDrift>{}))
    text +=
        fmt::format("drift    {}: {}\n", printable(drift.path), drift_text(drift, session.now()));
  for (const model::HookRun& run : one.hooks.value_or(std::vector<model::HookRun>{})) {
    text += fmt::format("hook     {}: {}\n", command_text(run.argv),
                        paint(hook_outcome(run, session.now()),
                              run.is_well() ? Tone::good : Tone::bad, session.out()));
    text += indented(run.output);
  }
  return text;
}

Result<Answer> show(Session& session, const Given& given) {
  TRY_ASSIGN(Client * client, session.client());
  TRY_ASSIGN(auto value,
             client->get(api_path({"services", given.service, "subscribers", given.node})));
  TRY_ASSIGN(auto subscriber, json::decode<model::Subscriber>(value, json::Mode::lenient),
             "in the manager's answer");
  auto heading = paint(subscriber.node, Tone::strong, session.out());
  return Answer{
      std::move(value),
      fmt::format("{}  of {}\n{}", heading, given.service, facts_text(session, subscriber)), false};
}

}  // namespace

void add_subscriber_get(Command& subscriber) {
  auto given = std::make_shared<Given>();
  Command command = subscriber.add("get", "show one: its files, hooks, drift and last error");
  command.argument("SERVICE", given->service, "its name")
      .argument("NODE", given->node, "as `reeve subscriber ls` shows it");
  watchable_client(command, {"service", "subscriber"},
                   [given](Session& session) { return show(session, *given); });
}

}  // namespace reeve::cli
