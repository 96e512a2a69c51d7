// The client's side of one HTTP connection: sends a request, reads the answer's header, then its
// body by lines or whole. Owned by an HttpClient or a ClientStream; its loop's thread only.
#pragma once

#include "net/client.hpp"
#include "net/http/input.hpp"
#include "net/stream.hpp"

#include <memory>
#include <optional>
#include <string>

namespace reeve::net {

class ClientConnection {
 public:
  ClientConnection(Stream stream, std::string host, std::size_t max_body_bytes);
  ~ClientConnection();

  /// Sends the request and waits for the answer's header.
  Task<Result<>> exchange(ClientRequest request);
  /// After a failed exchange(): the server had closed before it answered a byte.
  bool was_closed_before_answer() const { return was_closed_before_answer_; }

  int status() const;
  const Headers& headers() const;

  /// The body's next line without its end; nothing at the body's end.
  Task<Result<std::optional<std::string>>> read_line();
  /// Some bytes of the body; nothing at its end.
  Task<Result<std::optional<std::string>>> read_part();
  Task<Result<std::string>> read_rest();

  /// The answer was read to its end, and the server keeps the connection.
  bool can_stay() const;
  async::Loop& loop() { return stream_.loop(); }

 private:
  class Parser;

  Task<Result<>> read_more();
  Result<> parse();
  std::string head_of(const ClientRequest& request) const;

  Stream stream_;
  std::string host_;
  std::size_t max_body_bytes_;
  std::unique_ptr<Parser> parser_;
  Input input_;
  std::string sending_;  // outlives a cancelled write
  bool was_closed_before_answer_ = false;
};

}  // namespace reeve::net
