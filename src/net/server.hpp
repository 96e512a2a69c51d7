// The HTTP/1.1 server: listens, reads requests within limits, asks the handlers, writes answers in
// order, and turns connections into WebSockets. Connections are spread over the I/O loops; each
// lives on one of them for ever, and the handlers run there: what touches domain state hops to the
// domain loop by async::on_loop.
#pragma once

#include "net/http.hpp"
#include "net/io_loops.hpp"
#include "net/tls.hpp"
#include "net/websocket.hpp"

#include <sys/types.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace reeve::net {

struct ServerSettings {
  std::size_t max_header_bytes = 16 * 1024;      // request line and fields; beyond: 431
  std::size_t max_body_bytes = 8 * 1024 * 1024;  // beyond: 413; see ServerHandlers::body_limit
  std::size_t max_connections = 10'000;          // beyond: 503, then closed
  std::size_t max_handshakes = 64;  // TLS handshakes at a time on one loop; others wait
  Duration handshake_timeout = std::chrono::seconds(10);
  Duration header_timeout = std::chrono::seconds(10);  // from a request's first byte; then closed
  Duration body_grace = std::chrono::seconds(10);    // a body may take this long and, beyond it, …
  std::size_t body_bytes_per_second = 1024;          // … must have come at least this fast
  Duration idle_timeout = std::chrono::seconds(75);  // between two requests
  Duration write_timeout =
      std::chrono::seconds(30);  // a client that takes nothing for so long goes
  SocketSettings websocket;
};

struct ServerHandlers {
  /// Tried first. What it answers is written at once, and a hot GET costs no coroutine.
  std::function<std::optional<Response>(const Request&)> try_now;
  /// Everything that `try_now` left.
  std::function<Task<Response>(Request)> handle;
  /// The largest body for this request, asked when its header is there; unset: max_body_bytes.
  std::function<std::size_t(const Request&)> body_limit;
  /// A TLS handshake failed; the sentence says why. On an I/O loop.
  std::function<void(const Endpoint& peer, const std::string& sentence)> on_handshake_failure;
};

class HttpServer {
 public:
  /// `loops` must outlive this.
  HttpServer(IoLoops& loops, ServerSettings settings, ServerHandlers handlers);
  /// Closes what stop() has not ended. The handlers must stay valid until stop() is done or the
  /// I/O loops have stopped.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// Answers the address with the port the system chose for port 0; `in_use` where another listens
  /// there. May be called several times; not from an I/O loop.
  Result<Endpoint> listen(Endpoint where, std::shared_ptr<const ServerTls> tls = nullptr);

  /// On a Unix socket of that path, which `mode` (0600, 0660) lets others connect to. The file that
  /// a dead process left is replaced, ours removed by stop(). Its requests say who is at the other
  /// end: Peer::process.
  Result<> listen_on_path(std::string path, mode_t mode);

  /// Stops listening, closes idle connections, ends streams, waits for requests in flight, and
  /// after `limit` closes what is left (`timeout` then). Handlers are waited for, not cancelled;
  /// WebSockets are their owners' to close. `caller` is the loop of the calling task.
  Task<Result<>> stop(async::Loop& caller, Duration limit);

  /// HTTP connections open now, without those that became WebSockets. Any thread.
  std::size_t connection_count() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace reeve::net
