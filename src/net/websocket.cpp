#include "net/websocket.hpp"

#include "async/call.hpp"
#include "net/ws/beast_socket.hpp"

namespace reeve::net {
namespace {

using Dialled = Result<std::shared_ptr<MessageSocket>>;

Task<Dialled> dial_unlimited(async::Loop& loop, DialRequest request) {
  CO_TRY_ASSIGN(auto stream, co_await connect(loop, request.to, request.tls));
  if (request.unacknowledged_limit > Duration{})
    stream.limit_unacknowledged(request.unacknowledged_limit);
  auto opened = co_await open_websocket(std::move(stream), std::move(request));
  co_return opened;
}

Task<Dialled> dial_here(async::Loop& loop, DialRequest request) {
  auto limit = request.deadline;
  auto to = request.to.to_string();
  auto dialled = co_await async::within<std::shared_ptr<MessageSocket>>(
      loop, limit, dial_unlimited(loop, std::move(request)));
  if (!dialled && dialled.error().code == Errc::timeout)
    co_return fail(Errc::timeout, "cannot connect to {}: no answer in time", to);
  co_return dialled;
}

}  // namespace

Task<Dialled> WebSocketDialer::dial(DialRequest request) {
  auto& loop = loops_.next();
  auto dialled = co_await async::on_loop(loop, dial_here(loop, std::move(request)));
  co_return dialled;
}

}  // namespace reeve::net
