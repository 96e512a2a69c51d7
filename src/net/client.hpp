// The HTTP/1.1 client: keeps connections to one server alive and uses them again. Belongs to one
// loop (the CLI's own, or an I/O loop reached by async::on_loop) and is used there only.
#pragma once

#include "async/loop.hpp"
#include "net/http.hpp"
#include "net/tls.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace reeve::net {

struct ClientRequest {
  Method method = Method::get;
  std::string target = "/";  // percent-encoded
  Headers headers;           // beyond Host, Content-Length and User-Agent
  std::string body;
  Duration deadline = std::chrono::seconds(30);  // for all of it; open(): until the header is there
};

struct ClientResponse {
  int status = 0;
  Headers headers;
  std::string body;
};

/// An answer that is read while it comes.
class ClientStream {
 public:
  virtual ~ClientStream() = default;
  virtual int status() const = 0;
  virtual const Headers& headers() const = 0;
  /// The next line without its end; nothing at the end of the answer. `timeout` after `wait`
  /// without one: the stream stays good.
  virtual Task<Result<std::optional<std::string>>> next_line(Duration wait) = 0;
  /// Some bytes as they come; nothing at the end of the answer.
  virtual Task<Result<std::optional<std::string>>> next_part(Duration wait) = 0;
  /// What is left of the answer.
  virtual Task<Result<std::string>> rest(Duration wait) = 0;
};

class HttpClient {
 public:
  HttpClient(async::Loop& loop, Endpoint server, std::shared_ptr<const ClientTls> tls = nullptr);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// An answer of any status is a success here. Nothing is sent twice, except on a kept connection
  /// that the server had already closed.
  Task<Result<ClientResponse>> request(ClientRequest request);

  /// For answers without an end (events, logs). The connection is the stream's own.
  Task<Result<std::unique_ptr<ClientStream>>> open(ClientRequest request);

  /// Larger answers fail with too_large.
  void set_max_body_bytes(std::size_t bytes);

 private:
  class State;
  std::shared_ptr<State> state_;
};

}  // namespace reeve::net
