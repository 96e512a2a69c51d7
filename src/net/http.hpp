// A request and its answer as plain values. The server fills a Request on an I/O loop; both may be
// moved to another loop and back. No parser, no socket, no TLS is seen here.
#pragma once

#include "async/task.hpp"
#include "net/address.hpp"
#include "net/headers.hpp"

#include <sys/types.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace reeve::net {

class MessageSocket;
class StreamWriter;

enum class Method : std::uint8_t { get, head, post, put, patch, delete_, options, other };

/// "GET"; "?" for Method::other.
std::string_view to_string(Method method);
/// Methods are case-sensitive (RFC 9110, 9.1).
Method parse_method(std::string_view text);

/// A process of this machine, as it was when it connected (unix(7), SO_PEERCRED).
struct PeerProcess {
  uid_t uid = 0;
  gid_t gid = 0;
  pid_t pid = 0;
};

/// Who is at the other end of a connection.
struct Peer {
  Endpoint endpoint{};
  bool is_encrypted = false;
  /// The verified certificate's URI name, or its common name; "" without a certificate.
  std::string identity{};
  std::string certificate_serial{};  // hexadecimal; "" without a certificate
  std::string key_fingerprint{};     // as CertificateFacts::key_fingerprint; "" without
  /// Only where ServerTlsSettings::accept_expired lets such a peer in.
  bool is_certificate_expired = false;
  /// Of the server's side of a Unix socket alone.
  std::optional<PeerProcess> process{};
};

struct Request {
  Method method = Method::get;
  std::string target = "/";  // as it came: path and query, percent-encoded
  Headers headers;
  std::string body;
  std::string request_id;
  /// Shared by all requests of a connection; never null.
  std::shared_ptr<const Peer> peer = unknown_peer();

  /// The target before "?", still encoded; Router decodes its segments.
  std::string_view path() const;
  /// The target after "?", still encoded.
  std::string_view query() const;
  /// The first query parameter of that name, decoded; "" when it stands there without a value.
  std::optional<std::string> parameter(std::string_view name) const;
  /// Every query parameter in order, decoded.
  std::vector<std::pair<std::string, std::string>> parameters() const;

  static std::shared_ptr<const Peer> unknown_peer();
};

/// The bytes of an answer: its own, or shared with others and never copied.
class Body {
 public:
  Body() = default;
  Body(std::string text) : content_(std::move(text)) {}
  Body(const char* text) : content_(std::string(text)) {}
  Body(std::shared_ptr<const std::string> text) : content_(std::move(text)) {}

  std::string_view view() const {
    if (auto* own = std::get_if<std::string>(&content_)) return *own;
    return *std::get<std::shared_ptr<const std::string>>(content_);
  }

 private:
  std::variant<std::string, std::shared_ptr<const std::string>> content_;
};

struct Response {
  int status = 200;
  std::string content_type;  // "" for none
  Body body;
  /// Beyond Content-Type, Content-Length, Connection and X-Request-Id, which the server adds.
  Headers headers;
  /// If set, the body is what this task writes, chunked, for as long as it runs. It runs on the
  /// connection's I/O loop and is cancelled when the client goes or the server stops.
  std::function<Task<>(StreamWriter)> stream;
  /// If set, and the request asks for a WebSocket, the connection becomes one. Called on its loop.
  std::function<void(std::shared_ptr<MessageSocket>)> upgrade;
};

/// {"error": {"code", "message", "field", "faults"}} with the status of the code.
Response error_response(const Error& error);

/// Whether the request asks to become a WebSocket (RFC 6455, 4.2.1).
bool is_websocket_request(const Request& request);

/// "%41+b" -> "A+b"; `plus_is_space` for query parameters. Nothing when an escape is broken.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space = false);
/// Leaves the unreserved characters (RFC 3986, 2.3) as they are.
std::string percent_encode(std::string_view text);

}  // namespace reeve::net
