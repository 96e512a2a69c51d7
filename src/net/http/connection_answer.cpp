// The part of Connection that answers with waiting: handlers that take time, streams, upgrades.
#include "net/http/connection.hpp"
#include "net/ws/beast_socket.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace reeve::net {
namespace {

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
// What a client may send ahead while an answer streams.
constexpr std::size_t kMaxAhead = 16 * 1024;

}  // namespace

Task<> Connection::handle() {
  std::unique_ptr<Request> websocket_request;
  if (is_websocket_request(parser_.request))
    websocket_request = std::make_unique<Request>(parser_.request);
  if (ready_) {
    auto ready = std::move(ready_);
    co_await finish_answer(std::move(*ready), std::move(websocket_request));
    co_return;
  }
  const auto& ask = shard_->handlers().handle;
  if (!ask) {
    respond(error_response({Errc::not_found, "nothing is served here", "", {}}));
    co_return;
  }
  auto response = co_await ask(std::move(parser_.request));
  co_await finish_answer(std::move(response), std::move(websocket_request));
}

Task<> Connection::finish_answer(Response response, std::unique_ptr<Request> websocket_request) {
  if (response.upgrade && websocket_request && input_.empty()) {
    upgrade(std::move(response), std::move(websocket_request));
  } else if (response.upgrade) {
    auto refusal = error_response({Errc::invalid, "expected a WebSocket upgrade", "", {}});
    refusal.status = 426;
    refusal.headers.add("Upgrade", "websocket");
    respond(std::move(refusal));
  } else if (response.stream) {
    co_await stream_answer(std::move(response));
  } else {
    respond(std::move(response));
  }
}

Task<> Connection::stream_answer(Response response) {
  append_head(response, std::nullopt);
  is_answered_ = true;
  if (is_head_) co_return;
  async::TaskGroup group(loop(), "streaming answer");
  is_stream_done_ = false;
  is_streaming_ = true;
  group.start(drive(std::move(response.stream)));
  co_await watch_client();
  group.cancel();
  // Its end may take a while, and there is nothing better to do than to wait for it.
  [[maybe_unused]] auto joined = co_await group.join();
  is_streaming_ = false;
  if (is_cut_) co_return end();
  if (!is_http_1_0_) out_ += kLastChunk;
}

Task<> Connection::drive(std::function<Task<>(StreamWriter)> stream) {
  auto begun = co_await flush();
  if (begun) co_await stream(StreamWriter(*this));
  is_stream_done_ = true;
  stream_.cancel();
}

// Returns when the client goes, the server stops or the stream is at its end.
Task<> Connection::watch_client() {
  while (!is_stream_done_ && !is_ended_ && !shard_->is_finishing()) {
    if (input_.size() >= kMaxAhead) co_return end();
    auto result = co_await stream_.async_read_some(input_.space(), kAwait);
    auto& [error, got] = result;
    if (error && error != asio::error::operation_aborted) co_return end();
    input_.commit(got);
  }
}

Task<Result<>> Connection::write(std::string text) {
  if (is_ended_) co_return fail(Errc::unavailable, "the client is gone");
  if (shard_->is_finishing()) co_return fail(Errc::cancelled, "the server is stopping");
  if (is_http_1_0_) {
    out_ += text;
  } else {
    append_chunk(out_, text);
  }
  send_now();
  auto flushed = co_await flush();
  co_return flushed;
}

void Connection::upgrade(Response response, std::unique_ptr<Request> request) {
  was_upgraded_ = true;
  accept_websocket(std::move(stream_), std::move(*request), peer_, shard_->settings().websocket,
                   shard_->settings().handshake_timeout, std::move(response));
}

}  // namespace reeve::net
