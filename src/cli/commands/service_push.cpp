#include "cli/commands/service_push.hpp"

#include "base/quote.hpp"
#include "cli/operation.hpp"
#include "cli/show.hpp"
#include "manager/api/types.hpp"

#include <fmt/ranges.h>

#include <charconv>

namespace reeve::cli {

namespace {

using manager::api::RevisionItem;

constexpr std::uint64_t kUsual = 20;

struct PushGiven {
  std::string service;
  std::vector<std::string> nodes;
  std::optional<std::uint64_t> revision;
  std::string rollback_to;
  bool force = false;
  bool no_wait = false;
};

struct ListGiven {
  std::string service;
  std::optional<std::uint64_t> most;
};

Result<std::uint64_t> parse_revision(const std::string& text) {
  std::uint64_t revision = 0;
  auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), revision);
  bool is_whole = problem == std::errc{} && end == text.data() + text.size();
  if (!is_whole || revision == 0)
    return fail(Errc::invalid, "expected a revision, a number from 1 on, got {}", quote(text));
  return revision;
}

Result<Answer> push(Session& session, const PushGiven& given, std::string_view verb,
                    std::optional<std::uint64_t> revision) {
  TRY_ASSIGN(Client * client, session.client());
  json::Object body{{"force", given.force}};
  if (revision) body["revision"] = *revision;
  if (!given.nodes.empty()) body["nodes"] = json::Array(given.nodes.begin(), given.nodes.end());
  client->heed_interrupts();
  auto started = client->post(api_path({"services", given.service, verb}), body);
  if (client->is_interrupted())
    return fail(Errc::cancelled,
                "interrupted; the {} may have begun all the same: `{} operation ls` shows it", verb,
                session.again());
  if (!started) return fail(std::move(started).error());
  return follow_operation(session, std::move(*started), !given.no_wait);
}

Command with_push_options(Command command, const std::shared_ptr<PushGiven>& given) {
  command.option("--node", "NODE", given->nodes, "only to this one; may be repeated")
      .flag("--force", given->force, "even a list without an eligible instance")
      .flag("--no-wait", given->no_wait, "do not wait for the subscribers");
  return command;
}

Cell who_has_it(const RevisionItem& item) {
  auto nodes = fmt::format("{}", fmt::join(item.nodes, ", "));
  if (!item.pushed_to_all) return nodes.empty() ? Cell("-") : Cell(nodes, Tone::warning);
  return {nodes.empty() ? "all" : "all, and " + nodes, Tone::good};
}

Result<Answer> list_revisions(Session& session, const ListGiven& given) {
  TRY_ASSIGN(Client * client, session.client());
  TRY_ASSIGN(auto found,
             client->list<RevisionItem>(api_path({"services", given.service, "revisions"}),
                                        given.most.value_or(kUsual)));
  Table table{{"REVISION", Align::right},  {"PUSHED TO", Worth::always},
              {"INSTANCES", Align::right}, "MADE",
              {"BY", Worth::extra},        {"DESCRIPTION", Worth::extra}};
  for (const RevisionItem& one : found.items)
    table.add({std::to_string(one.revision), who_has_it(one), std::to_string(one.instances),
               relative(one.at, session.now()), one.by.empty() ? "-" : one.by, one.description});
  return Answer{std::move(found.json), table.text(session.out()), false};
}

}  // namespace

void add_push(Command& service) {
  auto given = std::make_shared<PushGiven>();
  Command command = service.add("push", "send a revision to subscribers, and wait for their word");
  command.argument("SERVICE", given->service, "its name");
  with_push_options(command, given)
      .option("--revision", "REVISION", given->revision, "this one; the newest if not given")
      .client([given](Session& session) { return push(session, *given, "push", given->revision); });
  command.teach(
      "Examples:\n"
      "  reeve service push pay --node web-1              to one first, a canary\n"
      "  reeve service push pay                           to all\n"
      "  reeve service push pay --revision 7 --no-wait    and follow it by `reeve operation "
      "watch`\n"
      "\n"
      "A service with `push: auto` needs none of this: each edit goes to all at once. The exit "
      "code "
      "is 0\n"
      "if every subscriber has the list on its disk. Ctrl-C ends the waiting, not the push.");
}

void add_rollback(Command& service) {
  auto given = std::make_shared<PushGiven>();
  Command command = service.add("rollback", "send an older revision, and wait for their word");
  command.argument("SERVICE", given->service, "its name")
      .argument("REVISION", given->rollback_to, "as `reeve service revisions` shows it");
  with_push_options(command, given)
      .check([given]() -> Result<> {
        TRY(parse_revision(given->rollback_to));
        return {};
      })
      .client([given](Session& session) -> Result<Answer> {
        TRY_ASSIGN(auto revision, parse_revision(given->rollback_to));
        return push(session, *given, "rollback", revision);
      });
  command.teach(
      "Examples:\n"
      "  reeve service revisions pay\n"
      "  reeve service rollback pay 6\n"
      "  reeve service rollback pay 6 --node web-1\n"
      "\n"
      "What is held out stays out: only the content is the older one. A service with `push: auto` "
      "keeps\n"
      "it until its next edit.");
}

void add_revisions(Command& service) {
  auto given = std::make_shared<ListGiven>();
  Command command = service.add("revisions", "list the revisions that are kept, and who has which");
  command.teach(
      "Each edit makes a revision. The newest hundred are kept, and those that a subscriber has.\n"
      "\n"
      "Examples:\n"
      "  reeve service revisions pay\n"
      "  reeve service diff pay --from 5 --to 7\n"
      "  reeve service rollback pay 5");
  command.argument("SERVICE", given->service, "its name")
      .option("--limit,-n", "N", given->most, "at most so many, newest first; 20 if not given")
      .client([given](Session& session) { return list_revisions(session, *given); });
}

}  // namespace reeve::cli
