// reeve status: what is up, what is not, and what to do next.
#include "base/duration.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/local.hpp"
#include "cli/commands/status_advice.hpp"
#include "cli/hold_view.hpp"
#include "cli/show.hpp"
#include "cli/watch.hpp"

namespace reeve::cli {

namespace {

using manager::api::Status;
using model::NodeState;

/// ", 2 down (web-3, web-7)"
std::string missing_part(const Session& session, const Status& status, NodeState state,
                         std::uint64_t count, Tone tone) {
  if (count == 0) return "";
  std::vector<std::string> names;
  for (const auto& node : status.missing)
    if (node.state == state) names.push_back(printable(node.name));
  auto text = paint(fmt::format("{} {}", count, spoken(state)), tone, session.out());
  return fmt::format(", {} ({})", text, first_names(names, count));
}

std::string subscribers_text(const Session& session, const Status& status) {
  const auto& all = status.subscribers;
  if (all.total == 0) return "none";
  std::string text;
  auto add = [&](std::uint64_t count, std::string_view word, Tone tone) {
    if (count == 0) return;
    if (!text.empty()) text += ", ";
    text += paint(fmt::format("{} {}", count, word), tone, session.out());
  };
  add(all.current, "current", Tone::good);
  add(all.pending, "pending", Tone::warning);
  add(all.failed, "failed", Tone::bad);
  add(all.down, "down", Tone::bad);
  add(all.waiting, "waiting for a push", Tone::warning);
  return text;
}

std::string overview(const Session& session, const Client& client, const Status& status) {
  const auto& nodes = status.nodes;
  std::string text =
      fmt::format("manager      {}, Reeve {}, up {}\n", client.server().url, status.version,
                  format_duration(std::chrono::floor<std::chrono::seconds>(status.uptime)));
  text += fmt::format(
      "nodes        {} up{}{}\n", nodes.up,
      missing_part(session, status, NodeState::down, nodes.down, Tone::bad),
      missing_part(session, status, NodeState::never_seen, nodes.never_seen, Tone::warning));
  text += fmt::format("services     {} with {}\n", status.services,
                      counted(status.instances, "instance"));
  text += fmt::format("subscribers  {}\n", subscribers_text(session, status));
  if (status.unread_notices > 0)
    text += fmt::format(
        "notices      {}: `{} notice ls --unread`\n",
        paint(fmt::format("{} unread", status.unread_notices), Tone::warning, session.out()),
        session.again());
  return text;
}

Result<Answer> show(Session& session) {
  if (session.globals().local) return show_local_status(session);
  TRY_ASSIGN(Client * client, session.client());
  TRY_ASSIGN(auto value, client->get("/status"));
  if (!value.is_object() || !value.get_object().contains("subscribers"))
    return fail(Errc::invalid,
                "{} (from {}) is no manager: the local address of an agent? --local asks that",
                client->server().url, client->server().origin);
  TRY_ASSIGN(auto status, json::decode<Status>(value, json::Mode::lenient));
  std::vector<std::string> next = advice(status, session.again());
  value.as_object()["next"] = json::Array(next.begin(), next.end());
  std::string held;
  if (status.hold) {
    TRY_ASSIGN(held, show_hold(session, *client, value));
  }
  Answer answer{std::move(value), overview(session, *client, status) + held, false};
  if (next.empty()) answer.text += "\n" + paint("all is well", Tone::good, session.out()) + "\n";
  if (!next.empty()) answer.text += "\n";
  for (const std::string& line : next) answer.text += printable(line) + "\n";
  return answer;
}

}  // namespace

void add_status(Command& root) {
  Command status = root.add("status", "what is up, and what to do next", kRecordsGroup);
  status.teach(
      "Examples:\n"
      "  reeve status\n"
      "  reeve status --watch\n"
      "  reeve status --local       what this machine's agent says of itself\n"
      "  reeve status --json | jq -r '.next[]'");
  watchable_client(status, {}, show);
}

}  // namespace reeve::cli
