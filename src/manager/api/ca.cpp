// /api/v1/ca: the certificate authority, and its change for the next one.
#include "manager/api/answers.hpp"
#include "manager/api/handlers.hpp"
#include "manager/ca_rotation.hpp"
#include "manager/hold.hpp"
#include "net/query.hpp"

namespace reeve::manager::api {
namespace {

Task<Result<Response>> rotate(Call call) {
  CO_TRY(call.context.hold.may_push());
  CO_TRY(co_await call.context.ca.rotate(actor_of(call)));
  co_return json_answer(call.context.ca.status());
}

Task<Result<Response>> finish(Call call, bool force) {
  CO_TRY(call.context.hold.may_push());
  CO_TRY(co_await call.context.ca.finish(actor_of(call), force));
  co_return json_answer(call.context.ca.status());
}

}  // namespace

Result<Response> get_ca(const Call& call) {
  TRY(Query(call.request).check());
  return json_answer(call.context.ca.status());
}

Task<Result<Response>> rotate_ca(Call call) {
  CO_TRY(Query(call.request).check());
  auto work = rotate(call);
  co_return co_await async::on_loop(call.context.domain, std::move(work));
}

Task<Result<Response>> finish_ca(Call call) {
  Query query(call.request);
  bool force = query.flag("force");
  CO_TRY(query.check());
  auto work = finish(call, force);
  co_return co_await async::on_loop(call.context.domain, std::move(work));
}

}  // namespace reeve::manager::api
