// reeve status: what is up, what is not, and what to do next.
#include "base/duration.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/local.hpp"
#include "cli/hold_view.hpp"
#include "cli/show.hpp"
#include "manager/api/types.hpp"

namespace reeve::cli {

namespace {

using manager::api::Status;

constexpr std::size_t kMostNamed = 5;

/// Who has not said yet that it gave up what was taken from it.
void add_unconfirmed(std::vector<std::string>& out, const Status& status,
                     const std::string& program) {
  auto shown = std::min(status.unconfirmed.size(), kMostNamed);
  for (std::size_t i = 0; i < shown; ++i) {
    const auto& one = status.unconfirmed[i];
    if (one.object.starts_with("node/"))
      out.push_back(
          fmt::format("unconfirmed: node {0} was removed and has not been told; if its "
                      "machine is gone for good: `{1} node delete {0} --force`",
                      one.node, program));
    else
      out.push_back(fmt::format("unconfirmed: node {} has not removed its files of {} yet",
                                one.node, one.services.empty() ? one.object : one.services[0]));
  }
  if (status.unconfirmed_count > shown)
    out.push_back(fmt::format("unconfirmed: {} more", status.unconfirmed_count - shown));
}

/// What is not as it should be, each with what to do.
std::vector<std::string> advice(const Status& status, const std::vector<model::Node>& down,
                                const std::string& program) {
  std::vector<std::string> out;
  if (status.hold)
    out.push_back(fmt::format("in hold: `{} resume` pushes what the store says", program));
  if (status.nodes.total == 0)
    out.push_back(
        fmt::format("no nodes yet: `{} join-token create` says how a machine joins", program));
  if (status.services == 0)
    out.push_back(
        fmt::format("no services yet: `{0} service apply -f FILE` adds one, "
                    "`{0} apply --help` shows how it looks",
                    program));
  else if (status.subscribers.total == 0)
    out.push_back(
        fmt::format("nobody has a list yet: `{} subscriber add SERVICE NODE` pushes one", program));
  for (std::size_t i = 0; i < std::min(down.size(), kMostNamed); ++i)
    out.push_back(fmt::format("node {} is {}: start `reeve agent` there, or see its log",
                              down[i].name, spoken(down[i].state)));
  add_unconfirmed(out, status, program);
  if (status.subscribers.failed > 0)
    out.push_back(fmt::format("{} did not take a list: `{} subscriber ls SERVICE` says why",
                              counted(status.subscribers.failed, "subscriber"), program));
  return out;
}

std::string overview(const Session& session, const Client& client, const Status& status) {
  const auto& nodes = status.nodes;
  const auto& subscribers = status.subscribers;
  auto part = [&](std::uint64_t count, std::string_view word, Tone tone) {
    return count == 0 ? "" : ", " + paint(fmt::format("{} {}", count, word), tone, session.out());
  };
  std::string text =
      fmt::format("manager      {}, Reeve {}, up {}\n", client.server().url, status.version,
                  format_duration(std::chrono::floor<std::chrono::seconds>(status.uptime)));
  text += fmt::format("nodes        {} up{}{}\n", nodes.up, part(nodes.down, "down", Tone::bad),
                      part(nodes.never_seen, "never seen", Tone::warning));
  text += fmt::format("services     {} with {}\n", status.services,
                      counted(status.instances, "instance"));
  text += fmt::format("subscribers  {} current{}{}{}\n", subscribers.current,
                      part(subscribers.pending, "pending", Tone::warning),
                      part(subscribers.failed, "failed", Tone::bad),
                      part(subscribers.down, "down", Tone::bad));
  return text;
}

Result<Answer> show(Session& session) {
  if (session.globals().local) return show_local_status(session);
  TRY_ASSIGN(Client * client, session.client());
  TRY_ASSIGN(auto value, client->get("/status"));
  TRY_ASSIGN(auto status, json::decode<Status>(value, json::Mode::lenient));
  std::vector<model::Node> missing;
  if (status.nodes.up < status.nodes.total) {
    TRY_ASSIGN(auto nodes, client->list<model::Node>("/nodes"));
    for (const model::Node& one : nodes.items)
      if (one.state != model::NodeState::up) missing.push_back(one);
  }
  std::vector<std::string> next = advice(status, missing, session.program());
  value.as_object()["next"] = json::Array(next.begin(), next.end());
  std::string held;
  if (status.hold) {
    TRY_ASSIGN(held, show_hold(session, *client, value));
  }
  Answer answer{std::move(value), overview(session, *client, status) + held, false};
  if (next.empty()) answer.text += "\nall is well\n";
  if (!next.empty()) answer.text += "\n";
  for (const std::string& line : next) answer.text += line + "\n";
  return answer;
}

}  // namespace

void add_status(Command& root) {
  root.add("status", "what is up, and what to do next", kRecordsGroup).client(show);
}

}  // namespace reeve::cli
