// reeve service diff: what a push would change.
#include "cli/commands/service_push.hpp"
#include "cli/difference.hpp"
#include "cli/session.hpp"
#include "cli/show.hpp"
#include "manager/api/types.hpp"

namespace reeve::cli {

namespace {

using manager::api::RevisionDiff;

struct Given {
  std::string service;
  std::optional<std::uint64_t> from;
  std::optional<std::uint64_t> to;
  std::optional<std::string> node;
  bool exit_code = false;
};

std::string path_of(const Given& given) {
  std::string path = api_path({"services", given.service, "diff"});
  char joint = '?';
  auto add = [&](std::string_view name, const std::string& value) {
    path += fmt::format("{}{}={}", std::exchange(joint, '&'), name, value);
  };
  if (given.from) add("from", std::to_string(*given.from));
  if (given.to) add("to", std::to_string(*given.to));
  if (given.node) add("node", net::percent_encode(*given.node));
  return path;
}

template <class T>
json::Object object_of(const T& value) {
  return json::encode(value).as_object();
}

std::vector<DifferenceLine> lines_of(const RevisionDiff& diff) {
  std::vector<DifferenceLine> lines;
  if (diff.description)
    lines.push_back(
        {Change::changed, fields_text({{"description", diff.description->before}},
                                      {{"description", diff.description->after}}, true)});
  for (const auto& one : diff.removed)
    lines.push_back({Change::removed, instance_text(object_of(one))});
  for (const auto& one : diff.changed)
    lines.push_back(
        {Change::changed,
         one.instance + "  " + fields_text(object_of(one.before), object_of(one.after), false)});
  for (const auto& one : diff.added)
    lines.push_back({Change::added, instance_text(object_of(one))});
  return lines;
}

std::string heading(const RevisionDiff& diff) {
  auto from = diff.from ? fmt::format("revision {}", *diff.from) : std::string("nothing");
  auto where = diff.node ? fmt::format(" on {}", *diff.node) : "";
  return fmt::format("{}: {}{} → revision {}\n", diff.service, from, where, diff.to);
}

Result<Answer> show(Session& session, const Given& given) {
  TRY_ASSIGN(Client * client, session.client());
  TRY_ASSIGN(auto value, client->get(path_of(given)));
  TRY_ASSIGN(auto diff, json::decode<RevisionDiff>(value, json::Mode::lenient));
  Answer answer{std::move(value), heading(diff), given.exit_code && !diff.same};
  answer.text += diff.same ? "  the same\n" : difference_text(lines_of(diff), session.out());
  return answer;
}

}  // namespace

void add_service_diff(Command& service) {
  auto given = std::make_shared<Given>();
  Command command = service.add("diff", "show what a push would change");
  command.argument("SERVICE", given->service, "its name")
      .option("--from", "REVISION", given->from, "what is there; if not given what all have")
      .option("--to", "REVISION", given->to, "what would be pushed; if not given the newest")
      .option("--node", "NODE", given->node, "beside what is on this one's disk")
      .flag("--exit-code", given->exit_code, "exit with 1 if they differ")
      .client([given](Session& session) { return show(session, *given); });
  command.teach(
      "Each instance that differs: + comes, - goes, ~ changes. Live state, as what is held out, is "
      "not\n"
      "part of a revision and waits for no push.\n"
      "\n"
      "Examples:\n"
      "  reeve service diff pay                     what `reeve service push pay` would change\n"
      "  reeve service diff pay --node web-1        the same, on this node's disk\n"
      "  reeve service diff pay --from 5 --to 7");
}

}  // namespace reeve::cli
