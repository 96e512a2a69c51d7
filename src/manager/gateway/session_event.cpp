#include "manager/gateway/session_event.hpp"

#include "link/piece.hpp"

namespace reeve::manager {

SessionWord read_frame(std::string_view frame, net::FrameKind kind) {
  if (kind == net::FrameKind::binary) {
    auto piece = link::decode_piece(frame);
    if (!piece) return std::move(piece).error();
    return StreamPiece{piece->call, std::string(piece->bytes)};
  }
  auto message = link::decode_message(frame, kind);
  if (!message) return std::move(message).error();
  if (message->heartbeat || !link::is_known(*message)) return SignOfLife{};
  return std::make_unique<link::Message>(std::move(*message));
}

}  // namespace reeve::manager
