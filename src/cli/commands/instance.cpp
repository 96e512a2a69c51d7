// reeve instance: one address of a service, in and out of traffic.
#include "cli/commands/commands.hpp"
#include "cli/show.hpp"
#include "cli/watch.hpp"

#include <charconv>

namespace reeve::cli {

namespace {

struct Given {
  std::string service;
  std::string instance;
  std::string weight;
  bool force = false;
};

std::string path_of(const Given& given) {
  std::string path = api_path({"services", given.service, "instances", given.instance});
  return given.force ? path + "?force=true" : path;
}

Result<Answer> change(Session& session, const Given& given, json::Object fields) {
  TRY_ASSIGN(Client * client, session.client());
  TRY_ASSIGN(auto value, client->patch(path_of(given), fields));
  TRY_ASSIGN(auto instance, json::decode<model::Instance>(value, json::Mode::lenient),
             "in the manager's answer");
  Answer answer{std::move(value), "", false};
  answer.text = fmt::format("{} {}: {}, weight {}\n", given.service, instance.id(),
                            spoken(instance.status), instance.weight);
  // Others may hold it out too, and then it stays out.
  for (const model::Hold& hold : instance.holds)
    if (fields.contains("status") && hold.by != model::Holder::operator_)
      answer.text += fmt::format("still held by {}: {}\n", spoken(hold.by), printable(hold.why));
  return answer;
}

Result<int> parse_weight(const std::string& text) {
  int weight = -1;
  auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), weight);
  bool is_whole = problem == std::errc{} && end == text.data() + text.size();
  if (!is_whole || weight < 0 || weight > 100)
    return fail(Errc::invalid, "--weight must be 0-100, got \"{}\"", text);
  return weight;
}

Result<Answer> list(Session& session, const std::string& service) {
  TRY_ASSIGN(Client * client, session.client());
  TRY_ASSIGN(auto found,
             client->list<model::Instance>(api_path({"services", service, "instances"})));
  Answer answer{std::move(found.json), "", false};
  answer.text = found.items.empty()
                    ? fmt::format("no instances yet: `{} apply --help` shows how one is stated\n",
                                  session.again())
                    : instance_table(found.items).text(session.out());
  return answer;
}

Result<Answer> show(Session& session, const Given& given) {
  TRY_ASSIGN(Client * client, session.client());
  TRY_ASSIGN(auto value, client->get(path_of(given)));
  TRY_ASSIGN(auto instance, json::decode<model::Instance>(value, json::Mode::lenient),
             "in the manager's answer");
  return Answer{std::move(value), instance_table({instance}).text(session.out()), false};
}

Result<Answer> remove(Session& session, const Given& given) {
  TRY_ASSIGN(Client * client, session.client());
  TRY_ASSIGN(auto value, client->remove(path_of(given)));
  return Answer{std::move(value), fmt::format("{} {}: deleted\n", given.service, given.instance),
                false};
}

void add_ls(Command& parent) {
  auto service = std::make_shared<std::string>();
  Command command = parent.add("ls", "list the instances of a service");
  command.argument("SERVICE", *service, "its name");
  watchable_client(command, {"service"},
                   [service](Session& session) { return list(session, *service); });
}

Command with_instance(Command command, const std::shared_ptr<Given>& given) {
  command.argument("SERVICE", given->service, "its name")
      .argument("IP:PORT", given->instance, "as `reeve service get` shows it");
  return command;
}

void add_get(Command& parent) {
  auto given = std::make_shared<Given>();
  with_instance(parent.add("get", "show an instance"), given).client([given](Session& session) {
    return show(session, *given);
  });
}

void add_delete(Command& parent) {
  auto given = std::make_shared<Given>();
  with_instance(parent.add("delete", "take an instance out of its service for good").alias("rm"),
                given)
      .flag("--force", given->force, "even if no eligible instance is left")
      .client([given](Session& session) { return remove(session, *given); });
}

void add_switch(Command& parent, const std::string& status, const std::string& summary) {
  auto given = std::make_shared<Given>();
  with_instance(parent.add(status, summary), given)
      .flag("--force", given->force, "even if no eligible instance is left")
      .client([given, status](Session& session) {
        return change(session, *given, json::Object{{"status", status}});
      });
}

void add_set(Command& parent) {
  auto given = std::make_shared<Given>();
  with_instance(parent.add("set", "change the weight of an instance"), given)
      .required_option("--weight", "N", given->weight, "share of the traffic, 0-100")
      .flag("--force", given->force, "even if no eligible instance is left")
      .check([given] {
        auto weight = parse_weight(given->weight);
        return weight ? Result<>() : fail(weight.error());
      })
      .client([given](Session& session) -> Result<Answer> {
        TRY_ASSIGN(int weight, parse_weight(given->weight));
        return change(session, *given, json::Object{{"weight", weight}});
      });
}

}  // namespace

void add_instance(Command& root) {
  Command instance = root.add("instance", "take instances in and out of traffic", kServicesGroup);
  instance.teach(
      "Examples:\n"
      "  reeve instance offline pay 10.0.0.1:8820\n"
      "  reeve instance online pay 10.0.0.1:8820\n"
      "  reeve instance set pay [2001:db8::1]:8820 --weight 50\n"
      "  reeve instance ls pay --watch\n"
      "  reeve instance get pay 10.0.0.1:8820 --json | jq .holds\n"
      "  reeve instance delete pay 10.0.0.1:8820\n"
      "\n"
      "Every subscriber has the change at once. `offline` puts the operator's hold on an instance "
      "and\n"
      "`online` takes it away; what others hold stays out.");
  add_ls(instance);
  add_get(instance);
  add_switch(instance, "online", "take an instance in");
  add_switch(instance, "offline", "take an instance out");
  add_set(instance);
  add_delete(instance);
}

}  // namespace reeve::cli
