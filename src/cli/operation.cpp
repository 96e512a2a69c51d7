#include "cli/operation.hpp"

#include "cli/change_waiter.hpp"
#include "cli/progress.hpp"
#include "cli/show.hpp"
#include "manager/api/types.hpp"

#include <algorithm>

namespace reeve::cli {

namespace {

using namespace std::chrono_literals;

constexpr Duration kSoon = 20ms;  // most are over by then
constexpr Duration kLongest = 2s;

std::string count_text(const model::Operation& operation) {
  std::string text = fmt::format("{} of {} done", operation.done, operation.total);
  if (operation.failed > 0) text += fmt::format(", {} failed", operation.failed);
  return text;
}

std::string waiting_text(const model::Operation& operation) {
  std::string text = progress_text(operation);
  auto waiting = operation.total - std::min(operation.total, operation.done + operation.failed);
  auto first = std::ranges::find(operation.results, model::OperationState::running,
                                 &model::TargetResult::state);
  if (waiting == 0 || first == operation.results.end()) return text;
  text += ", waiting for " + first->target;
  return waiting > 1 ? text + fmt::format(" and {} more", waiting - 1) : text;
}

bool is_good(const model::Operation& operation) {
  return operation.state == model::OperationState::done && operation.failed == 0;
}

Error interrupted(const Session& session, const model::Operation& operation) {
  return {
      Errc::cancelled,
      fmt::format("the {0} goes on; `{1} operation watch {2}` follows it, `{1} operation cancel "
                  "{2}` ends it",
                  operation.kind, session.again(), operation.uid),
      "",
      {}};
}

Answer started_answer(const Session& session, json::Value started,
                      const model::Operation& operation) {
  Answer answer{std::move(started), "", false};
  answer.text = fmt::format("{} {}: started; `{} operation watch {}` follows it\n", operation.kind,
                            operation.object, session.again(), operation.uid);
  return answer;
}

}  // namespace

Result<model::Operation> read_operation(const json::Value& answer) {
  TRY_ASSIGN(auto decoded, json::decode<manager::api::OperationAnswer>(answer, json::Mode::lenient),
             "in the manager's answer");
  return decoded.operation;
}

std::string progress_text(const model::Operation& operation) {
  return fmt::format("{} {}: {}", operation.kind, operation.object, count_text(operation));
}

Answer operation_answer(const Session& session, json::Value json,
                        const model::Operation& operation) {
  Answer answer;
  answer.json = std::move(json);
  answer.has_failed = operation.state != model::OperationState::running && !is_good(operation);
  bool is_all = operation.state == model::OperationState::done && operation.failed == 0 &&
                operation.done == operation.total;
  answer.text =
      fmt::format("{} {}: {}\n", operation.kind, operation.object,
                  is_all ? count_text(operation)
                         : fmt::format("{}, {}", spoken(operation.state), count_text(operation)));
  Table table{"TARGET", {"STATE", Worth::always}, {"ERROR", Worth::always}};
  for (const model::TargetResult& one : operation.results)
    if (one.state != model::OperationState::done)
      table.add({one.target, cell(one.state), one.error.value_or("")});
  if (!table.empty()) answer.text += table.text(session.out());
  return answer;
}

Result<Answer> follow_operation(Session& session, json::Value started, bool waits) {
  TRY_ASSIGN(auto operation, read_operation(started));
  if (!waits && operation.state == model::OperationState::running)
    return started_answer(session, std::move(started), operation);
  TRY_ASSIGN(Client * client, session.client());
  client->heed_interrupts();
  {
    Progress progress(session);
    ChangeWaiter waiter(*client, {"operation"});
    auto rested = client->pause(kSoon);
    for (bool is_first = true; operation.state == model::OperationState::running;
         is_first = false) {
      progress.show(waiting_text(operation));
      if (!is_first) waiter.listen();
      auto answer = rested ? client->get(api_path({"operations", operation.uid}))
                           : Result<json::Value>(fail(rested.error()));
      if (client->is_interrupted()) return fail(interrupted(session, operation));
      TRY_ASSIGN(started, std::move(answer));
      TRY_ASSIGN(operation, read_operation(started));
      bool goes_on = operation.state == model::OperationState::running;
      if (goes_on && !is_first) rested = waiter.wait(kLongest);
    }
  }
  return operation_answer(session, std::move(started), operation);
}

}  // namespace reeve::cli
