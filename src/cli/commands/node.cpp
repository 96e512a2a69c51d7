// reeve node: the machines with an agent.
#include "cli/commands/arguments.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/deletion.hpp"
#include "cli/commands/local.hpp"
#include "cli/commands/node_delete.hpp"
#include "cli/show.hpp"
#include "cli/watch.hpp"

namespace reeve::cli {

namespace {

struct Given {
  std::string node;
  std::vector<std::string> labels;
  bool live = false;
};

/// "up, clock off": a wrong clock is told where nobody looks for it.
Cell state_cell(const model::Node& node) {
  auto state = cell(node.state);
  if (node.leaving) return {state.text + ", being removed", Tone::warning};
  if (node.clock_offset) state = {state.text + ", clock off", Tone::warning};
  return state;
}

Result<Answer> list(Session& session) {
  TRY_ASSIGN(Client * client, session.client());
  TRY_ASSIGN(auto nodes, client->list<model::Node>("/nodes"));
  Answer answer{std::move(nodes.json), "", false};
  if (nodes.items.empty()) {
    answer.text = fmt::format("no nodes yet: `{} join-token create` says how a machine joins\n",
                              session.again());
    return answer;
  }
  Table table{"NAME",    {"STATE", Worth::always},  "SEEN",
              "ADDRESS", {"VERSION", Worth::extra}, {"LABELS", Worth::extra}};
  for (const model::Node& one : nodes.items)
    table.add({one.name, state_cell(one), relative(one.last_seen, session.now()),
               one.address.value_or("-"), one.agent_version.value_or("-"),
               labels_text(one.labels)});
  answer.text = table.text(session.out());
  return answer;
}

/// "56y behind"; the manager's clock is the measure.
std::string clock_text(const model::Node& node) {
  if (!node.clock_offset) return "as the manager's";
  return fmt::format("{} {} the manager's", rough_length(std::chrono::abs(*node.clock_offset)),
                     *node.clock_offset < Duration{} ? "behind" : "ahead of");
}

Answer shown(const Session& session, json::Value value, const model::Node& node) {
  std::string state = cell(node.state).text;
  if (node.leaving) state += ", being removed";
  Answer answer{std::move(value), "", false};
  answer.text = fmt::format(
      "{}\nstate     {}, seen {}\naddress   {}\nagent     {}\nlabels    {}\nhas       {}\n"
      "clock     {}\nenrolled  {}\n",
      paint(node.name, Tone::strong, session.out()),
      paint(state, cell(node.state).tone, session.out()), relative(node.last_seen, session.now()),
      node.address.value_or("-"), node.agent_version.value_or("-"), labels_text(node.labels),
      node.applied_version ? fmt::format("version {}", *node.applied_version) : "nothing yet",
      clock_text(node), relative(node.enrolled, session.now()));
  return answer;
}

Result<Answer> show(Session& session, const Given& given) {
  if (given.live) return show_agent_status(session, api_path({"nodes", given.node, "live"}));
  TRY_ASSIGN(Client * client, session.client());
  TRY_ASSIGN(auto value, client->get(api_path({"nodes", given.node})));
  TRY_ASSIGN(auto node, json::decode<model::Node>(value, json::Mode::lenient));
  return shown(session, std::move(value), node);
}

Result<Answer> label(Session& session, const Given& given) {
  TRY_ASSIGN(auto edits, parse_label_edits(given.labels));
  TRY_ASSIGN(Client * client, session.client());
  TRY_ASSIGN(auto value, client->patch(api_path({"nodes", given.node}),
                                       json::Object{{"labels", std::move(edits)}}));
  TRY_ASSIGN(auto node, json::decode<model::Node>(value, json::Mode::lenient));
  return Answer{std::move(value), fmt::format("{}: {}\n", node.name, labels_text(node.labels)),
                false};
}

void add_label(Command& node) {
  auto given = std::make_shared<Given>();
  node.add("label", "set and remove labels")
      .argument("NODE", given->node, "its name")
      .arguments("LABEL", given->labels, "KEY=VALUE sets one, KEY- removes it")
      .check([given]() -> Result<> {
        TRY(parse_label_edits(given->labels));
        return {};
      })
      .client([given](Session& session) { return label(session, *given); });
}

void add_delete(Command& node) {
  auto given = std::make_shared<Deletion>();
  Command command =
      node.add("delete", "take all work from a node, then shut it out; its files stay");
  add_deletion_options(command, given, "NODE", "services pushed to it");
  command
      .flag("--force", given->force,
            "do not wait for its agent; of a node that is deleted: its machine is gone for good")
      .client([given](Session& session) { return delete_node(session, *given); });
}

}  // namespace

void add_node(Command& root) {
  Command node = root.add("node", "the machines with an agent", kServicesGroup);
  node.teach(
      "Examples:\n"
      "  reeve node ls\n"
      "  reeve node get web-1 --live\n"
      "  reeve node delete web-1 --cascade\n"
      "  reeve node label web-1 idc=bj rack-\n"
      "\n"
      "A machine becomes a node by `reeve agent --join`, see `reeve join-token --help`.");
  Command ls = node.add("ls", "list nodes");
  watchable_client(ls, {"node"}, list);
  auto given = std::make_shared<Given>();
  Command get = node.add("get", "show a node");
  get.argument("NODE", given->node, "its name")
      .flag("--live", given->live, "ask its agent what it has now, file by file");
  watchable_client(get, {"node", "subscriber"},
                   [given](Session& session) { return show(session, *given); });
  add_label(node);
  add_delete(node);
}

}  // namespace reeve::cli
