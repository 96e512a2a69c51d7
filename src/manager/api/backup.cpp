// /api/v1/backup
#include "manager/api/handlers.hpp"
#include "manager/backups.hpp"
#include "net/query.hpp"

namespace reeve::manager::api {

Task<Result<Response>> take_backup(Call call) {
  CO_TRY(Query(call.request).check());
  auto& backups = call.context.backups;
  auto taking = backups.take(actor_of(call));
  CO_TRY_ASSIGN(auto source, co_await async::on_loop(call.context.domain, std::move(taking)));
  Response response;
  response.content_type = "application/octet-stream";
  response.stream = [&backups, source](net::StreamWriter writer) {
    return backups.send(source, writer);
  };
  co_return response;
}

}  // namespace reeve::manager::api
