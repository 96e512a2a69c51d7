// reeve service: names with their instances.
#include "model/service.hpp"

#include "cli/commands/apply.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/deletion.hpp"
#include "cli/commands/local.hpp"
#include "cli/operation.hpp"
#include "cli/show.hpp"

#include <algorithm>

namespace reeve::cli {

namespace {

struct PushGiven {
  std::string service;
  std::vector<std::string> nodes;
  std::optional<std::uint64_t> revision;
  bool force = false;
  bool no_wait = false;
};

std::string online_text(const model::Service& service) {
  auto online =
      std::ranges::count(service.instances, model::Status::online, &model::Instance::status);
  return fmt::format("{}/{}", online, service.instances.size());
}

Result<Answer> list(Session& session, const std::optional<std::string>& search) {
  if (session.globals().local) return list_local_services(session, search);
  TRY_ASSIGN(Client * client, session.client());
  std::string path = "/services";
  if (search) path += "?q=" + net::percent_encode(*search);
  TRY_ASSIGN(auto services, client->list<model::Service>(path));
  Answer answer{std::move(services.json), "", false};
  if (search && services.items.empty()) {
    answer.text = "no service matches\n";
    return answer;
  }
  Table table{
      "NAME", {"ONLINE", Align::right}, {"REVISION", Align::right}, "CHANGED", "DESCRIPTION"};
  for (const model::Service& one : services.items)
    table.add({one.name, online_text(one), std::to_string(one.revision),
               relative(one.modified, session.now()), one.description});
  if (!services.items.empty()) answer.text = table.text(session.out());
  // Those of Reeve itself are always there.
  if (!search && std::ranges::all_of(services.items, &model::Service::kernel))
    answer.text += fmt::format(
        "no services yet: `{0} service apply -f FILE` adds one (`{0} apply --help` shows how it "
        "looks), `{0} dev --demo` makes one to play with\n",
        session.program());
  return answer;
}

std::string heading(const Session& session, const model::Service& service) {
  std::string text = paint(service.name, Tone::strong, session.out());
  if (!service.description.empty()) text += "  " + printable(service.description);
  text += fmt::format("\nrevision {}, version {}, changed {}\n\n", service.revision,
                      service.version, relative(service.modified, session.now()));
  return text;
}

Result<Answer> show(Session& session, const std::string& name) {
  if (session.globals().local) return show_local_service(session, name);
  TRY_ASSIGN(Client * client, session.client());
  std::string path = api_path({"services", name});
  TRY_ASSIGN(auto value, client->get(path));
  TRY_ASSIGN(auto service, json::decode<model::Service>(value, json::Mode::lenient));
  Answer answer{std::move(value), heading(session, service), false};
  if (session.globals().json) return answer;
  TRY_ASSIGN(auto subscribers, client->list<model::Subscriber>(path + "/subscribers"));
  answer.text += service.instances.empty() ? "no instances\n"
                                           : instance_table(service.instances).text(session.out());
  if (subscribers.items.empty())
    answer.text += fmt::format("\nno subscribers yet: `{} subscriber add {} NODE` adds one\n",
                               session.program(), service.name);
  else
    answer.text += "\n" + subscriber_table(subscribers.items).text(session.out());
  return answer;
}

Result<Answer> push(Session& session, const PushGiven& given) {
  TRY_ASSIGN(Client * client, session.client());
  json::Object body{{"force", given.force}};
  if (given.revision) body["revision"] = *given.revision;
  if (!given.nodes.empty()) body["nodes"] = json::Array(given.nodes.begin(), given.nodes.end());
  TRY_ASSIGN(auto started, client->post(api_path({"services", given.service, "push"}), body));
  return follow_operation(session, std::move(started), !given.no_wait);
}

void add_ls(Command& service) {
  auto search = std::make_shared<std::optional<std::string>>();
  service.add("ls", "list services")
      .option("--search,-q", "WORDS", *search, "only those with these words in them")
      .client([search](Session& session) { return list(session, *search); });
}

void add_delete(Command& service) {
  auto given = std::make_shared<Deletion>();
  Command command = service.add("delete", "delete a service");
  add_deletion_options(command, given, "SERVICE", "subscribers");
  command.client([given](Session& session) { return delete_object(session, "service", *given); });
}

void add_push(Command& service) {
  auto given = std::make_shared<PushGiven>();
  service.add("push", "send the list to its subscribers and wait for their word")
      .argument("SERVICE", given->service, "its name")
      .option("--node", "NODE", given->nodes, "only to this one; may be repeated")
      .option("--revision", "N", given->revision, "this revision; the newest if not given")
      .flag("--force", given->force, "even a list without an eligible instance")
      .flag("--no-wait", given->no_wait, "do not wait for the subscribers")
      .client([given](Session& session) { return push(session, *given); });
}

}  // namespace

void add_service(Command& root) {
  Command service = root.add("service", "services and their instances", kServicesGroup);
  service.teach(
      "Examples:\n"
      "  reeve service ls\n"
      "  reeve service get pay\n"
      "  reeve service apply -f pay.yaml\n"
      "  reeve service get pay --json | jq '.instances[].ip'");
  add_ls(service);
  auto name = std::make_shared<std::string>();
  service.add("get", "show a service, its instances and its subscribers")
      .argument("SERVICE", *name, "its name")
      .client([name](Session& session) { return show(session, *name); });
  Command apply = service.add("apply", "make services what manifests say");
  apply.teach("As `reeve apply`, whose help shows a manifest; `kind` may be left out here.");
  make_apply(apply, "service");
  add_push(service);
  add_delete(service);
}

}  // namespace reeve::cli
