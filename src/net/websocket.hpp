// MessageSocket: one connected stream of messages, as its owner on the domain loop sees it. The
// socket itself lives on an I/O loop (a WebSocket), or on the caller's own in tests
// (net/testing/memory_network.hpp). Shared by its owner and the I/O it has under
// way: close() ends it, dropping it does not.
#pragma once

#include "net/http.hpp"
#include "net/io_loops.hpp"
#include "net/tls.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace reeve::net {

enum class FrameKind : std::uint8_t { text, binary };

/// Encoded once, sent to many.
using Frame = std::shared_ptr<const std::string>;

/// RFC 6455, 7.4.1
enum class CloseCode : std::uint16_t {
  normal = 1000,
  going_away = 1001,
  protocol_error = 1002,
  policy = 1008,
  too_big = 1009,
  internal = 1011,
  try_again = 1013
};

struct SocketSettings {
  std::size_t max_frame_bytes = 8 * 1024 * 1024;    // a larger incoming message closes the socket
  std::size_t max_queued_bytes = 32 * 1024 * 1024;  // more waiting to be sent closes it too
  /// Half of it without a byte from the other side: a ping; all of it: closed. Zero for never.
  Duration idle_timeout{};
  /// The other side takes nothing of what is to be sent for so long: closed. Zero for never.
  Duration write_timeout{};
};

/// Called on the socket's loop, one at a time. Decode there, then push into the owner's Inbox.
struct SocketEvents {
  std::function<void(std::string_view frame, FrameKind kind)> on_frame;
  /// Everything queued has been handed to the system.
  std::function<void()> on_drained;
  /// Once, last. Nothing is called after it, and it releases these functions.
  std::function<void(std::string reason)> on_closed;
};

class MessageSocket {
 public:
  virtual ~MessageSocket() = default;

  /// Frames begin to come; what came before waits in the socket. Once; any thread.
  virtual void start(SocketEvents events) = 0;
  /// In the order of the calls of one thread. Dropped when the socket is closed. Any thread.
  virtual void send(Frame frame, FrameKind kind) = 0;
  /// Sends what is queued and a close frame, then on_closed comes. Any thread, any number of times.
  virtual void close(CloseCode code, std::string reason) = 0;

  /// Bytes of frames given to send() that the system has not taken. Any thread.
  virtual std::size_t queued_bytes() const = 0;
  virtual const Peer& peer() const = 0;
  /// Where the events happen.
  virtual async::Loop& loop() = 0;
};

/// What a dial wants.
struct DialRequest {
  Endpoint to;
  std::string target = "/";
  std::shared_ptr<const ClientTls> tls;  // null: without TLS
  Headers headers;
  SocketSettings settings;
  Duration deadline = std::chrono::seconds(10);  // for name, connection, TLS and upgrade together
  /// What was sent and is not acknowledged by the other side's system for so long ends the
  /// connection. Zero: after a quarter of an hour, as TCP has it.
  Duration unacknowledged_limit{};
};

/// The seam through which sockets are opened.
class Dialer {
 public:
  virtual ~Dialer() = default;
  /// From any loop; comes back there. A refusal of the server is an error with the code of its
  /// answer (`unauthenticated` for 401, …), everything else `unavailable` or `timeout`.
  virtual Task<Result<std::shared_ptr<MessageSocket>>> dial(DialRequest request) = 0;
};

/// WebSockets, each on the next of the I/O loops.
class WebSocketDialer final : public Dialer {
 public:
  explicit WebSocketDialer(IoLoops& loops) : loops_(loops) {}
  Task<Result<std::shared_ptr<MessageSocket>>> dial(DialRequest request) override;

 private:
  IoLoops& loops_;
};

}  // namespace reeve::net
