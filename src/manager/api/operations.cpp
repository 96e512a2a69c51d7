// /api/v1/operations
#include "base/quote.hpp"
#include "manager/api/answers.hpp"
#include "manager/api/handlers.hpp"
#include "manager/api/paging.hpp"
#include "manager/api/program_operations.hpp"
#include "manager/api/push_operations.hpp"
#include "manager/api/types.hpp"

namespace reeve::manager::api {
namespace {

/// What is newer than its stored document; null unless it runs.
const model::Operation* running_operation(const Call& call, const std::string& uid) {
  const auto* push = call.context.pushes.running(uid);
  return push ? push : call.context.program_operations.running(uid);
}

Result<model::Operation> find_operation(const Call& call) {
  const auto& uid = call.param("operation");
  if (const auto* running = running_operation(call, uid)) return *running;
  auto snapshot = call.context.catalog.snapshot();
  const auto* found = snapshot->operations.find(uid);
  if (!found) return fail(Errc::not_found, "there is no operation {}", quote(uid));
  return (*found)->unpacked();
}

Task<Result<Response>> cancel(Call call) {
  CO_TRY_ASSIGN(auto operation, find_operation(call));
  const auto& context = call.context;
  bool is_of_program = context.program_operations.running(operation.uid) != nullptr;
  auto cancelling = is_of_program ? context.program_operations.cancel(actor_of(call), operation.uid)
                                  : context.pushes.cancel(actor_of(call), operation.uid);
  CO_TRY_ASSIGN(auto cancelled, co_await std::move(cancelling));
  co_return json_answer(OperationAnswer{std::move(cancelled)});
}

}  // namespace

Result<Response> list_operations(const Call& call) {
  Query query(call.request);
  auto page = page_request(query);
  TRY(query.check());
  using RecordPtr = std::shared_ptr<const store::OperationRecord>;
  auto matches = [&](const RecordPtr& record) {
    const auto& operation = record->index;
    return page.search.matches({operation.kind, operation.object, operation.by});
  };
  auto text = [&](const RecordPtr& record) {
    auto stored = record->unpacked();
    const auto* running = running_operation(call, stored.uid);
    return json::encode_text(running ? *running : stored);
  };
  return newest_page_of(call.snapshot->operations, page, matches, text);
}

Result<Response> get_operation(const Call& call) {
  TRY(Query(call.request).check());
  TRY_ASSIGN(auto operation, find_operation(call));
  return json_answer(OperationAnswer{std::move(operation)});
}

Task<Result<Response>> cancel_operation(Call call) {
  CO_TRY(Query(call.request).check());
  auto work = cancel(call);
  co_return co_await async::on_loop(call.context.domain, std::move(work));
}

}  // namespace reeve::manager::api
