// reeve service: names with their instances.
#include "model/service.hpp"

#include "cli/commands/apply.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/deletion.hpp"
#include "cli/commands/local.hpp"
#include "cli/commands/service_push.hpp"
#include "cli/show.hpp"
#include "cli/watch.hpp"

#include <algorithm>

namespace reeve::cli {

namespace {

Cell online_cell(const model::Service& service) {
  auto online = static_cast<std::size_t>(
      std::ranges::count(service.instances, model::Status::online, &model::Instance::status));
  Tone tone = online == service.instances.size() ? Tone::plain
              : online == 0                      ? Tone::bad
                                                 : Tone::warning;
  return {fmt::format("{}/{}", online, service.instances.size()), tone};
}

/// "auto", or of one that is pushed by hand what all have: "6 of 7".
Cell pushed_cell(const model::Service& service) {
  auto pushed = service.pushed ? std::to_string(service.pushed->revision) : "none";
  bool is_newest = service.pushed && service.pushed->revision == service.revision;
  if (is_newest) return service.push == model::Push::auto_ ? "auto" : "by hand";
  return {fmt::format("{} of {}", pushed, service.revision), Tone::warning};
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
  Table table{"NAME",
              {"ONLINE", Align::right, Worth::always},
              {"REVISION", Align::right},
              {"PUSHED", Worth::always},
              {"CHANGED", Worth::extra},
              "DESCRIPTION"};
  for (const model::Service& one : services.items)
    table.add({one.name, online_cell(one), std::to_string(one.revision), pushed_cell(one),
               relative(one.modified, session.now()), one.description});
  if (!services.items.empty()) answer.text = table.text(session.out());
  // Those of Reeve itself are always there.
  if (!search && std::ranges::all_of(services.items, &model::Service::kernel))
    answer.text += fmt::format(
        "no services yet: `{0} service apply -f FILE` adds one (`{0} apply --help` shows how it "
        "looks), `{0} dev --demo` makes one to play with\n",
        session.again());
  return answer;
}

std::string push_text(const Session& session, const model::Service& service) {
  bool is_auto = service.push == model::Push::auto_;
  bool is_newest = service.pushed && service.pushed->revision == service.revision;
  if (is_auto && is_newest) return "pushed at once\n";
  auto mode = is_auto ? "pushed at once, after the next edit again" : "pushed by hand";
  if (!service.pushed) return fmt::format("{}; not pushed to all yet\n", mode);
  return fmt::format("{}; all have revision {}, pushed {}{}\n", mode, service.pushed->revision,
                     relative(service.pushed->at, session.now()),
                     service.pushed->by.empty() ? "" : " by " + service.pushed->by);
}

std::string heading(const Session& session, const model::Service& service) {
  std::string text = paint(service.name, Tone::strong, session.out());
  if (!service.description.empty()) text += "  " + printable(service.description);
  text += fmt::format("\nrevision {}, version {}, changed {}\n", service.revision, service.version,
                      relative(service.modified, session.now()));
  text += push_text(session, service);
  if (service.set) text += "of the set " + *service.set + "\n";
  return text + "\n";
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
                               session.again(), service.name);
  else
    answer.text += "\n" + subscriber_table(subscribers.items, session.now()).text(session.out());
  return answer;
}

void add_ls(Command& service) {
  auto search = std::make_shared<std::optional<std::string>>();
  Command command = service.add("ls", "list services");
  command.option("--search,-q", "WORDS", *search, "only those with these words in them");
  watchable_client(command, {"service"},
                   [search](Session& session) { return list(session, *search); });
}

void add_delete(Command& service) {
  auto given = std::make_shared<Deletion>();
  Command command = service.add("delete", "delete a service");
  add_deletion_options(command, given, "SERVICE", "subscribers");
  command.client([given](Session& session) { return delete_object(session, "service", *given); });
}

}  // namespace

void add_service(Command& root) {
  Command service = root.add("service", "services and their instances", kServicesGroup);
  service.teach(
      "Examples:\n"
      "  reeve service ls\n"
      "  reeve service get pay --watch\n"
      "  reeve service apply -f pay.yaml\n"
      "  reeve service diff pay                  what a push would change\n"
      "  reeve service push pay --node web-1     to one first\n"
      "  reeve service push pay                  then to all\n"
      "  reeve service rollback pay 6\n"
      "  reeve service delete pay --dry-run      who has it\n"
      "  reeve service get pay --json | jq '.instances[].ip'");
  add_ls(service);
  auto name = std::make_shared<std::string>();
  Command get = service.add("get", "show a service, its instances and its subscribers");
  get.argument("SERVICE", *name, "its name");
  watchable_client(get, {"service", "subscriber"},
                   [name](Session& session) { return show(session, *name); });
  Command apply = service.add("apply", "make services what manifests say");
  apply.teach("As `reeve apply`, whose help shows a manifest; `kind` may be left out here.");
  make_apply(apply, "service");
  add_push(service);
  add_rollback(service);
  add_revisions(service);
  add_service_diff(service);
  add_delete(service);
}

}  // namespace reeve::cli
