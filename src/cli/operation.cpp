#include "cli/operation.hpp"

#include "cli/show.hpp"

#include <algorithm>
#include <cstdio>

namespace reeve::cli {

namespace {

using namespace std::chrono_literals;

struct OperationAnswer {
  model::Operation operation;
};
BOOST_DESCRIBE_STRUCT(OperationAnswer, (), (operation))

Result<model::Operation> read_operation(const json::Value& answer) {
  TRY_ASSIGN(auto decoded, json::decode<OperationAnswer>(answer, json::Mode::lenient),
             "in the manager's answer");
  return decoded.operation;
}

std::string count_text(const model::Operation& operation) {
  std::string text = fmt::format("{} of {} done", operation.done, operation.total);
  if (operation.failed > 0) text += fmt::format(", {} failed", operation.failed);
  return text;
}

void show_progress(const Session& session, const model::Operation& operation) {
  if (!session.err().is_terminal) return;
  std::fprintf(stderr, "\r\033[K%s %s: %s", operation.kind.c_str(), operation.object.c_str(),
               count_text(operation).c_str());
  if (operation.state != model::OperationState::running) std::fputs("\r\033[K", stderr);
}

bool is_good(const model::Operation& operation) {
  return operation.state == model::OperationState::done && operation.failed == 0;
}

}  // namespace

Answer operation_answer(const Session& session, json::Value json,
                        const model::Operation& operation) {
  Answer answer;
  answer.json = std::move(json);
  answer.has_failed = operation.state != model::OperationState::running && !is_good(operation);
  answer.text = fmt::format("{} {}: {}, {}\n", operation.kind, operation.object,
                            spoken(operation.state), count_text(operation));
  Table table{"TARGET", "STATE", "ERROR"};
  for (const model::TargetResult& one : operation.results)
    if (one.state != model::OperationState::done)
      table.add({one.target, cell(one.state), one.error.value_or("")});
  if (!table.empty()) answer.text += table.text(session.out());
  return answer;
}

Result<Answer> follow_operation(Session& session, json::Value started, bool waits) {
  TRY_ASSIGN(auto operation, read_operation(started));
  if (!waits) {
    Answer answer{std::move(started), "", false};
    answer.text = fmt::format("{} {}: started; `{} operation get {}` says how far it is\n",
                              operation.kind, operation.object, session.program(), operation.uid);
    return answer;
  }
  TRY_ASSIGN(Client * client, session.client());
  Duration wait = 20ms;
  while (operation.state == model::OperationState::running) {
    show_progress(session, operation);
    client->pause(wait);
    wait = std::min<Duration>(wait * 2, 1s);
    TRY_ASSIGN(started, client->get(api_path({"operations", operation.uid})));
    TRY_ASSIGN(operation, read_operation(started));
  }
  show_progress(session, operation);
  return operation_answer(session, std::move(started), operation);
}

}  // namespace reeve::cli
