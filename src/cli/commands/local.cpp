#include "cli/commands/local.hpp"

#include "agent/local_status.hpp"
#include "cli/show.hpp"

#include <fmt/ranges.h>

#include <algorithm>

namespace reeve::cli {

namespace {

using agent::LocalService;
using link::FilesState;

Cell state_cell(FilesState state) {
  Tone tone = state == FilesState::current   ? Tone::good
              : state == FilesState::pending ? Tone::warning
                                             : Tone::bad;
  return Cell(spoken(state), tone);
}

std::string online_text(const LocalService& service) {
  auto online =
      std::ranges::count(service.instances, model::Status::online, &model::ListedInstance::status);
  return fmt::format("{}/{}", online, service.instances.size());
}

std::string link_text(const link::ManagerStatus& manager, WallTime now) {
  auto since = relative(manager.since, now);
  if (manager.connected) return fmt::format("{}, connected {}", manager.address, since);
  return fmt::format("not connected{}; lists stay as they are",
                     manager.error ? ": " + *manager.error : "");
}

}  // namespace

Result<Answer> show_agent_status(Session& session, const std::string& path) {
  TRY_ASSIGN(Client * client, session.client());
  TRY_ASSIGN(auto value, client->get(path));
  TRY_ASSIGN(auto status, json::decode<link::AgentStatus>(value, json::Mode::lenient));
  auto text = fmt::format("node     {}, Reeve {}\nmanager  {}\nspec     version {}, epoch {}\n",
                          status.node, status.version, link_text(status.manager, session.now()),
                          status.spec.version, status.spec.epoch);
  if (status.lists.empty()) return Answer{std::move(value), text + "\nno lists yet\n", false};
  Table table{"SERVICE", "STATE", {"REVISION", Align::right}, {"VERSION", Align::right},
              "FILES",   "ERROR"};
  for (const link::ListStatus& one : status.lists)
    table.add({one.service, state_cell(one.state), std::to_string(one.revision),
               std::to_string(one.version), fmt::format("{}", fmt::join(one.files, ", ")),
               Cell(one.error.value_or(""), Tone::bad)});
  return Answer{std::move(value), text + "\n" + table.text(session.out()), false};
}

Result<Answer> show_local_status(Session& session) { return show_agent_status(session, "/status"); }

Result<Answer> list_local_services(Session& session, const std::optional<std::string>& search) {
  if (search)
    return fail(Errc::unsupported,
                "an agent does not search; leave --search out, or ask the "
                "manager, without --local");
  TRY_ASSIGN(Client * client, session.client());
  TRY_ASSIGN(auto services, client->list<LocalService>("/services"));
  if (services.items.empty())
    return Answer{std::move(services.json), "this node gets no service's list\n", false};
  Table table{"NAME",       {"ONLINE", Align::right}, {"REVISION", Align::right}, "STATE", "FILES",
              "DESCRIPTION"};
  for (const LocalService& one : services.items)
    table.add({one.name, online_text(one), std::to_string(one.revision), state_cell(one.state),
               fmt::format("{}", fmt::join(one.files, ", ")), one.description});
  return Answer{std::move(services.json), table.text(session.out()), false};
}

Result<Answer> show_local_service(Session& session, const std::string& name) {
  TRY_ASSIGN(Client * client, session.client());
  TRY_ASSIGN(auto value, client->get(api_path({"services", name})));
  TRY_ASSIGN(auto service, json::decode<LocalService>(value, json::Mode::lenient));
  auto text = paint(service.name, Tone::strong, session.out());
  if (!service.description.empty()) text += "  " + printable(service.description);
  text += fmt::format("\nrevision {}, version {}, on this node {}\n", service.revision,
                      service.version, spoken(service.state));
  if (service.error) text += *service.error + "\n";
  for (const auto& file : service.files) text += file + "\n";
  Table table{"INSTANCE", "STATUS", {"WEIGHT", Align::right}, "HEALTH", "LABELS"};
  for (const model::ListedInstance& one : service.instances)
    table.add({endpoint_text(one.ip, one.port), cell(one.status), std::to_string(one.weight),
               spoken(one.health), labels_text(one.labels)});
  text += service.instances.empty() ? "\nno instances\n" : "\n" + table.text(session.out());
  return Answer{std::move(value), std::move(text), false};
}

}  // namespace reeve::cli
