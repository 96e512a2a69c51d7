// reeve subscriber: the nodes that have a service's list, and the files it becomes there.
#include "cli/commands/arguments.hpp"
#include "cli/commands/commands.hpp"
#include "cli/show.hpp"
#include "model/service.hpp"

#include <algorithm>

namespace reeve::cli {

namespace {

struct Given {
  std::string service;
  std::vector<std::string> nodes;
  std::vector<std::string> selector;
  std::optional<std::string> format;
  std::optional<std::string> path;
  std::optional<std::string> mode;
};

Result<> check(const Given& given) {
  if (given.nodes.empty() == given.selector.empty())
    return fail(Errc::invalid, "name one or more nodes, or say --selector KEY=VALUE");
  TRY(parse_pairs(given.selector));
  return {};
}

json::Array outputs_of(const Given& given) {
  if (!given.format && !given.path && !given.mode) return {};  // the default output
  json::Object output;
  if (given.format) output["format"] = *given.format;
  if (given.path) output["path"] = *given.path;
  if (given.mode) output["mode"] = *given.mode;
  return {output};
}

using Selector = std::map<std::string, std::string>;

// Entries by selector have no address of their own: the service's whole list is sent back.
Result<json::Value> edit_selector(Client& client, const std::string& service,
                                  const Selector& selector, const json::Array* outputs) {
  std::string path = api_path({"services", service});
  TRY_ASSIGN(auto current, client.get_as<model::Service>(path));
  json::Array kept;
  for (const model::Subscription& one : current.subscriptions)
    if (one.selector != selector) kept.push_back(json::encode(one));
  if (!outputs && kept.size() == current.subscriptions.size())
    return fail(Errc::not_found,
                "no subscription of \"{}\" has the selector {}; `reeve service get "
                "{} --json` shows them",
                service, labels_text(selector), service);
  if (outputs)
    kept.push_back(json::Object{{"selector", pairs_value(selector)}, {"outputs", *outputs}});
  return client.patch(path, json::Object{{"subscriptions", std::move(kept)}});
}

Result<Answer> add(Session& session, const Given& given) {
  TRY_ASSIGN(Client * client, session.client());
  json::Array outputs = outputs_of(given);
  Answer answer;
  if (!given.selector.empty()) {
    TRY_ASSIGN(auto selector, parse_pairs(given.selector));
    TRY_ASSIGN(answer.json, edit_selector(*client, given.service, selector, &outputs));
    answer.text = fmt::format("{}: every node with {} is a subscriber\n", given.service,
                              labels_text(selector));
    return answer;
  }
  json::Array items;
  for (const std::string& node : given.nodes) {
    TRY_ASSIGN(auto item, client->put(api_path({"services", given.service, "subscribers", node}),
                                      json::Object{{"outputs", outputs}}));
    items.push_back(std::move(item));
    answer.text += fmt::format("{}: {} is a subscriber\n", given.service, node);
  }
  answer.json = json::Object{{"items", std::move(items)}};
  return answer;
}

Result<Answer> list(Session& session, const Given& given) {
  TRY_ASSIGN(Client * client, session.client());
  TRY_ASSIGN(auto found,
             client->list<model::Subscriber>(api_path({"services", given.service, "subscribers"})));
  Answer answer{std::move(found.json), "", false};
  answer.text = found.items.empty()
                    ? fmt::format("no subscribers yet: `{} subscriber add {} NODE` adds one\n",
                                  session.program(), given.service)
                    : subscriber_table(found.items).text(session.out());
  return answer;
}

Result<Answer> remove(Session& session, const Given& given) {
  TRY_ASSIGN(Client * client, session.client());
  Answer answer{json::Object{}, "", false};
  if (!given.selector.empty()) {
    TRY_ASSIGN(auto selector, parse_pairs(given.selector));
    TRY_ASSIGN(answer.json, edit_selector(*client, given.service, selector, nullptr));
    answer.text = fmt::format("{}: the subscription of {} is deleted\n", given.service,
                              labels_text(selector));
    return answer;
  }
  for (const std::string& node : given.nodes) {
    std::string path = api_path({"services", given.service, "subscribers", node});
    TRY(client->remove(path));
    answer.text +=
        fmt::format("{}: {} is no subscriber any more; its file stays\n", given.service, node);
  }
  return answer;
}

Command with_target(Command command, const std::shared_ptr<Given>& given) {
  command.argument("SERVICE", given->service, "its name")
      .optional_arguments("NODE", given->nodes, "names of nodes; `reeve node ls` lists them")
      .option("--selector", "KEY=VALUE", given->selector,
              "every node with this label, now and later; may be repeated")
      .check([given] { return check(*given); });
  return command;
}

}  // namespace

void add_subscriber(Command& root) {
  Command subscriber =
      root.add("subscriber", "the machines that have a service's list", kServicesGroup);
  subscriber.teach(
      "Examples:\n"
      "  reeve subscriber add pay web-1 web-2\n"
      "  reeve subscriber add pay --selector idc=bj --format json --path /etc/pay/nodes.json\n"
      "  reeve subscriber ls pay");
  auto added = std::make_shared<Given>();
  with_target(subscriber.add("add", "push the list to nodes"), added)
      .option("--format", "FORMAT", added->format, "swoole (the default) or json")
      .option("--path", "FILE", added->path, "the file on the node; {service} is the name")
      .option("--mode", "MODE", added->mode, "its permissions, 0644 if not given")
      .client([added](Session& session) { return add(session, *added); });
  auto listed = std::make_shared<Given>();
  subscriber.add("ls", "list subscribers, with what they really have")
      .argument("SERVICE", listed->service, "its name")
      .client([listed](Session& session) { return list(session, *listed); });
  auto removed = std::make_shared<Given>();
  with_target(subscriber.add("delete", "push the list no longer; the file stays").alias("rm"),
              removed)
      .client([removed](Session& session) { return remove(session, *removed); });
}

}  // namespace reeve::cli
