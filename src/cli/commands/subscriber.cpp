// reeve subscriber: the nodes that have a service's list, and the files it becomes there.
#include "model/subscriber.hpp"

#include "cli/commands/arguments.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/subscriber_get.hpp"
#include "cli/environment.hpp"
#include "cli/show.hpp"
#include "cli/watch.hpp"
#include "manager/api/types.hpp"
#include "model/command.hpp"

#include <algorithm>
#include <iterator>

namespace reeve::cli {

namespace {

using namespace std::chrono_literals;

constexpr std::string_view kNoShell = "put it into a script: on_change runs without a shell";

struct Given {
  std::string service;
  std::vector<std::string> nodes;
  std::vector<std::string> selector;
  std::optional<std::string> format;
  std::optional<std::string> path;
  std::optional<std::string> mode;
  std::vector<std::string> select;
  std::optional<std::string> template_file;
  std::optional<std::string> owner;
  std::optional<std::string> on_change;
  std::optional<std::string> debounce;
  std::optional<std::string> drift;
  bool remove_file = false;
  bool no_wait = false;
};

Result<> check(const Given& given) {
  if (given.nodes.empty() && given.selector.empty())
    return fail(Errc::invalid, "name one or more nodes, or say --selector KEY=VALUE");
  if (!given.nodes.empty() && !given.selector.empty())
    return fail(Errc::invalid, "name nodes or say --selector, not both");
  TRY(parse_pairs(given.selector));
  TRY(parse_pairs(given.select));
  if (given.template_file && given.format.value_or("mustache") != "mustache")
    return fail(Errc::invalid, "--template goes with --format mustache alone");
  if (given.on_change) {
    TRY(model::split_command(*given.on_change, kNoShell));
  }
  if (given.remove_file && !given.selector.empty())
    return fail(Errc::invalid, "--remove-file goes with nodes, not with --selector");
  return {};
}

Result<json::Array> outputs_of(const Given& given) {
  json::Object output;
  if (given.format) output["format"] = *given.format;
  if (given.path) output["path"] = *given.path;
  if (given.mode) output["mode"] = *given.mode;
  if (!given.select.empty()) {
    TRY_ASSIGN(auto labels, parse_pairs(given.select));
    output["select"] = pairs_value(labels);
  }
  if (given.template_file) {
    output["format"] = "mustache";
    TRY_ASSIGN(output["template"], read_file(*given.template_file));
  }
  if (given.owner) output["owner"] = *given.owner;
  if (given.on_change) {
    TRY_ASSIGN(auto words, model::split_command(*given.on_change, kNoShell));
    output["on_change"] = json::Array(words.begin(), words.end());
  }
  if (given.debounce) output["debounce"] = *given.debounce;
  if (given.drift) output["drift"] = *given.drift;
  if (output.empty()) return json::Array();  // the default output
  return json::Array{output};
}

// An agent that is there has the list in milliseconds; who looks at the file next shall see it.
Result<json::Value> with_list(Client& client, const std::string& path, json::Value item) {
  constexpr Duration kPatience = 5s;
  Duration waited{};
  for (Duration pause = 10ms; waited < kPatience; pause = std::min<Duration>(pause * 2, 500ms)) {
    TRY_ASSIGN(auto seen, json::decode<model::Subscriber>(item, json::Mode::lenient));
    if (seen.state != model::SubscriberState::pending) return item;
    TRY(client.pause(pause));
    waited += pause;
    TRY_ASSIGN(item, client.get(path));
  }
  return item;
}

struct Outcome {
  std::string text;
  bool is_failure = false;
};

Result<Outcome> outcome_of(const json::Value& item) {
  TRY_ASSIGN(auto seen, json::decode<model::Subscriber>(item, json::Mode::lenient));
  switch (seen.state) {
    case model::SubscriberState::current: return Outcome{"has the list"};
    case model::SubscriberState::pending:
      return Outcome{"is a subscriber, and does not have the list yet"};
    case model::SubscriberState::down:
      return Outcome{"is a subscriber, and gets the list when its agent is there"};
    case model::SubscriberState::waiting:
      return Outcome{"is a subscriber, and gets the list when somebody pushes it"};
    case model::SubscriberState::failed: break;
  }
  return Outcome{
      "is a subscriber, and could not take the list: " + seen.error.value_or("no reason"), true};
}

Result<Answer> add(Session& session, const Given& given) {
  TRY_ASSIGN(Client * client, session.client());
  TRY_ASSIGN(auto outputs, outputs_of(given));
  Answer answer;
  if (!given.selector.empty()) {
    TRY_ASSIGN(auto selector, parse_pairs(given.selector));
    json::Object body{{"selector", pairs_value(selector)}, {"outputs", outputs}};
    TRY_ASSIGN(answer.json, client->post(api_path({"services", given.service, "subscribe"}), body));
    answer.text = fmt::format("{}: every node with {} is a subscriber\n", given.service,
                              labels_text(selector));
    return answer;
  }
  json::Array items;
  for (const std::string& node : given.nodes) {
    auto path = api_path({"services", given.service, "subscribers", node});
    TRY_ASSIGN(auto item, client->put(path, json::Object{{"outputs", outputs}}));
    if (!given.no_wait) {
      TRY_ASSIGN(item, with_list(*client, path, std::move(item)));
    }
    TRY_ASSIGN(auto outcome, outcome_of(item));
    answer.has_failed |= outcome.is_failure;
    items.push_back(std::move(item));
    answer.text += fmt::format("{}: {} {}\n", given.service, node, outcome.text);
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
                                  session.again(), given.service)
                    : subscriber_table(found.items, session.now()).text(session.out());
  return answer;
}

Result<Answer> remove(Session& session, const Given& given) {
  TRY_ASSIGN(Client * client, session.client());
  Answer answer{json::Object{}, "", false};
  if (!given.selector.empty()) {
    TRY_ASSIGN(auto selector, parse_pairs(given.selector));
    json::Object body{{"selector", pairs_value(selector)}};
    TRY_ASSIGN(answer.json,
               client->post(api_path({"services", given.service, "unsubscribe"}), body));
    answer.text = fmt::format("{}: the subscription of {} is deleted\n", given.service,
                              labels_text(selector));
    return answer;
  }
  manager::api::SubscriberRemoval all;
  for (const std::string& node : given.nodes) {
    std::string path = api_path({"services", given.service, "subscribers", node});
    TRY_ASSIGN(auto value, client->remove(given.remove_file ? path + "?remove_file=true" : path));
    TRY_ASSIGN(auto removal,
               json::decode<manager::api::SubscriberRemoval>(value, json::Mode::lenient));
    std::ranges::copy(removal.unconfirmed, std::back_inserter(all.unconfirmed));
    answer.text +=
        fmt::format("{}: {} is no subscriber any more; its file {}\n", given.service, node,
                    given.remove_file ? "goes as soon as the node is there" : "stays");
  }
  answer.json = json::encode(all);
  return answer;
}

Command with_target(Command command, const std::shared_ptr<Given>& given,
                    const std::string& selector_text) {
  command.argument("SERVICE", given->service, "its name")
      .optional_arguments("NODE", given->nodes, "names of nodes; `reeve node ls` lists them")
      .option("--selector", "KEY=VALUE", given->selector, selector_text + "; may be repeated")
      .check([given] { return check(*given); });
  return command;
}

Command with_output(Command command, const std::shared_ptr<Given>& given) {
  command
      .option("--format", "FORMAT", given->format,
              "swoole (the default), json, env, nginx, haproxy or mustache")
      .option("--path", "FILE", given->path, "the file on the node; {service} is the name")
      .option("--mode", "MODE", given->mode, "its permissions, 0644 if not given")
      .option(
          "--select", "KEY=VALUE", given->select,
          "only instances with this label, as long as one of them takes traffic; may be repeated")
      .option("--template", "FILE", given->template_file,
              "a mustache template on this machine, for a format of your own")
      .option("--owner", "USER[:GROUP]", given->owner, "the file's owner, as the node knows it")
      .option("--on-change", "COMMAND", given->on_change,
              "a program of the node that runs after the file has changed, with its arguments and "
              "without a shell; the node's own reeve.yaml must allow it")
      .option("--debounce", "TIME", given->debounce,
              "how long --on-change waits for further changes, 0s to 60s; 1s if not given")
      .option("--drift", "DRIFT", given->drift,
              "of a file that somebody else changed: repair (the default) or report");
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
      "  reeve subscriber add pay proxy-1 --format nginx --path /etc/nginx/conf.d/pay.conf \\\n"
      "      --on-change '/usr/sbin/nginx -s reload'\n"
      "  reeve subscriber ls pay --watch\n"
      "  reeve subscriber get pay web-1\n"
      "  reeve subscriber delete pay web-1 --remove-file\n"
      "\n"
      "PUSHED is what the node shall have and APPLIED what its agent says is on its disk: a "
      "revision\n"
      "of the service, in parentheses the version, which rises with each change of the list.");
  auto added = std::make_shared<Given>();
  with_output(with_target(subscriber.add("add", "push the list to nodes"), added,
                          "every node with this label, now and later"),
              added)
      .flag("--no-wait", added->no_wait, "do not wait until the agents say that they have it")
      .client([added](Session& session) { return add(session, *added); });
  auto listed = std::make_shared<Given>();
  Command ls = subscriber.add("ls", "list subscribers, with what they really have");
  ls.argument("SERVICE", listed->service, "its name");
  watchable_client(ls, {"service", "subscriber"},
                   [listed](Session& session) { return list(session, *listed); });
  add_subscriber_get(subscriber);
  auto removed = std::make_shared<Given>();
  with_target(subscriber.add("delete", "push the list no longer; the file stays").alias("rm"),
              removed, "the subscription that `add` made of this selector")
      .flag("--remove-file", removed->remove_file,
            "the nodes remove the file too, if it is as Reeve wrote it")
      .client([removed](Session& session) { return remove(session, *removed); });
}

}  // namespace reeve::cli
