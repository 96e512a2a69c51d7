// reeve operation: long work, such as pushes.
#include "cli/operation.hpp"

#include "cli/commands/commands.hpp"
#include "cli/show.hpp"

namespace reeve::cli {

namespace {

Result<Answer> list(Session& session) {
  TRY_ASSIGN(Client * client, session.client());
  TRY_ASSIGN(auto operations, client->list<model::Operation>("/operations"));
  Answer answer{std::move(operations.json), "", false};
  if (operations.items.empty()) {
    answer.text =
        fmt::format("no operations yet: `{} service push SERVICE` starts one\n", session.program());
    return answer;
  }
  Table table{"UID",     "WHAT", "STATE", {"DONE", Align::right}, {"FAILED", Align::right},
              "STARTED", "BY"};
  for (const model::Operation& one : operations.items)
    table.add({one.uid, one.kind + " " + one.object, cell(one.state),
               fmt::format("{}/{}", one.done, one.total), std::to_string(one.failed),
               relative(one.started, session.now()), one.by});
  answer.text = table.text(session.out());
  return answer;
}

Result<Answer> wait_for(Session& session, const std::string& uid, bool waits) {
  TRY_ASSIGN(Client * client, session.client());
  TRY_ASSIGN(auto value, client->get(api_path({"operations", uid})));
  if (waits) return follow_operation(session, std::move(value), true);
  TRY_ASSIGN(auto operation,
             json::decode<model::Operation>(value.at("operation"), json::Mode::lenient));
  Answer answer = operation_answer(session, std::move(value), operation);
  answer.has_failed = false;  // it was asked for, and here it is
  return answer;
}

Result<Answer> cancel(Session& session, const std::string& uid) {
  TRY_ASSIGN(Client * client, session.client());
  TRY_ASSIGN(auto value, client->post(api_path({"operations", uid, "cancel"}), json::Object{}));
  return Answer{std::move(value), fmt::format("operation {}: cancelled\n", uid), false};
}

}  // namespace

void add_operation(Command& root) {
  Command operation = root.add("operation", "long work and how far it is", kRecordsGroup);
  operation.add("ls", "list operations, newest first").client(list);
  auto shown = std::make_shared<std::string>();
  auto waits = std::make_shared<bool>(false);
  operation.add("get", "show an operation and its targets")
      .argument("UID", *shown, "as `reeve operation ls` shows it")
      .flag("--wait", *waits, "until it ends; exit code 1 unless every target is good")
      .client([shown, waits](Session& session) { return wait_for(session, *shown, *waits); });
  auto cancelled = std::make_shared<std::string>();
  operation.add("cancel", "end an operation; what is done stays done")
      .argument("UID", *cancelled, "as `reeve operation ls` shows it")
      .client([cancelled](Session& session) { return cancel(session, *cancelled); });
}

}  // namespace reeve::cli
