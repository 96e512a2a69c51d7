// reeve operation: long work, such as pushes.
#include "cli/operation.hpp"

#include "cli/commands/commands.hpp"
#include "cli/show.hpp"
#include "cli/watch.hpp"

namespace reeve::cli {

namespace {

constexpr std::uint64_t kUsual = 50;

struct ListGiven {
  std::optional<std::string> search;
  std::optional<std::uint64_t> most;
};

std::string took_text(const model::Operation& operation, WallTime now) {
  auto length = operation.ended.value_or(now) - operation.started;
  return rough_length(std::max(length, Duration{}));
}

Result<Answer> list(Session& session, const ListGiven& given) {
  TRY_ASSIGN(Client * client, session.client());
  std::string path = "/operations";
  if (given.search) path += "?q=" + net::percent_encode(*given.search);
  TRY_ASSIGN(auto operations, client->list<model::Operation>(path, given.most.value_or(kUsual)));
  Answer answer{std::move(operations.json), "", false};
  if (operations.items.empty()) {
    answer.text = given.search ? "no operation matches\n"
                               : fmt::format(
                                     "no operations yet: `{} service push SERVICE` starts "
                                     "one\n",
                                     session.again());
    return answer;
  }
  Table table{"WHAT",
              {"STATE", Worth::always},
              {"DONE", Align::right, Worth::always},
              {"FAILED", Align::right},
              "STARTED",
              {"TOOK", Align::right, Worth::extra},
              {"BY", Worth::extra},
              {"UID", Worth::id}};
  for (const model::Operation& one : operations.items)
    table.add({one.kind + " " + one.object.substr(one.object.find('/') + 1), cell(one.state),
               fmt::format("{}/{}", one.done, one.total),
               Cell(std::to_string(one.failed), one.failed > 0 ? Tone::bad : Tone::plain),
               relative(one.started, session.now()), took_text(one, session.now()), one.by,
               one.uid});
  answer.text = table.text(session.out());
  return answer;
}

Result<Answer> show(Session& session, const std::string& uid, bool waits) {
  TRY_ASSIGN(Client * client, session.client());
  TRY_ASSIGN(auto value, client->get(api_path({"operations", uid})));
  if (waits) return follow_operation(session, std::move(value), true);
  TRY_ASSIGN(auto operation, read_operation(value));
  Answer answer = operation_answer(session, std::move(value), operation);
  answer.text += fmt::format("started {} by {}{}\n", relative(operation.started, session.now()),
                             operation.by.empty() ? "nobody known" : operation.by,
                             operation.ended ? ", took " + took_text(operation, session.now())
                                             : fmt::format("; `{} operation cancel {}` ends it",
                                                           session.again(), operation.uid));
  answer.has_failed = false;  // it was asked for, and here it is
  return answer;
}

Result<Answer> cancel(Session& session, const std::string& uid) {
  TRY_ASSIGN(Client * client, session.client());
  TRY_ASSIGN(auto value, client->remove(api_path({"operations", uid})));
  TRY_ASSIGN(auto operation, read_operation(value));
  return Answer{std::move(value),
                progress_text(operation) + ", cancelled; what is done stays done\n", false};
}

void add_ls(Command& operation) {
  auto given = std::make_shared<ListGiven>();
  Command command = operation.add("ls", "list operations, newest first");
  command.option("--search,-q", "WORDS", given->search, "only those with these words in them")
      .option("--limit,-n", "N", given->most, "at most so many; 50 if not given");
  watchable_client(command, {"operation", "subscriber"},
                   [given](Session& session) { return list(session, *given); });
}

void add_get(Command& operation) {
  auto uid = std::make_shared<std::string>();
  auto waits = std::make_shared<bool>(false);
  Command command = operation.add("get", "show an operation and its targets");
  command.argument("UID", *uid, "as `reeve operation ls` shows it")
      .flag("--wait", *waits, "until it ends; exit code 1 unless every target is good");
  watchable_client(command, {"operation", "subscriber"},
                   [uid, waits](Session& session) { return show(session, *uid, *waits); });
}

}  // namespace

void add_operation(Command& root) {
  Command operation = root.add("operation", "long work and how far it is", kRecordsGroup);
  operation.teach(
      "Examples:\n"
      "  reeve operation ls\n"
      "  reeve operation get UID              each target's own word\n"
      "  reeve service push pay --no-wait     start one, and do not wait for it\n"
      "  reeve operation watch UID            its progress until it ends\n"
      "  reeve operation cancel UID           wait no longer; what is done stays done");
  add_ls(operation);
  add_get(operation);
  auto watched = std::make_shared<std::string>();
  operation.add("watch", "show its progress until it ends; exit code 1 unless every target is good")
      .argument("UID", *watched, "as `reeve operation ls` shows it")
      .client([watched](Session& session) { return show(session, *watched, true); });
  auto cancelled = std::make_shared<std::string>();
  operation.add("cancel", "end an operation; what is done stays done")
      .argument("UID", *cancelled, "as `reeve operation ls` shows it")
      .client([cancelled](Session& session) { return cancel(session, *cancelled); });
}

}  // namespace reeve::cli
