// The ways to a MessageSocket over a WebSocket (RFC 6455); Beast stays in the source. Private to
// net/. On the stream's loop.
#pragma once

#include "net/stream.hpp"
#include "net/websocket.hpp"

#include <memory>

namespace reeve::net {

/// Takes over a connection whose upgrade `request` was read, and gives the open socket to
/// `response.upgrade`; a handshake that fails ends the connection. The answer carries the
/// response's headers.
void accept_websocket(Stream stream, Request request, std::shared_ptr<const Peer> peer,
                      SocketSettings settings, Duration limit, Response response);

/// The client's side, on a connected stream.
Task<Result<std::shared_ptr<MessageSocket>>> open_websocket(Stream stream, DialRequest request);

}  // namespace reeve::net
