#include "manager/gateway/session_event.hpp"

#include "link/piece.hpp"

namespace reeve::manager {

SessionWord FrameReader::read(std::string_view frame, net::FrameKind kind) {
  if (kind == net::FrameKind::binary) {
    auto piece = link::decode_piece(frame);
    if (!piece) return std::move(piece).error();
    return StreamPiece{piece->call, std::string(piece->bytes)};
  }
  if (kept_ && frame == kept_frame_) return kept_;
  auto decoded = link::decode_message(frame, kind);
  if (!decoded) return std::move(decoded).error();
  if (decoded->heartbeat || !link::is_known(*decoded)) return SignOfLife{};
  auto message = std::make_shared<const link::Message>(std::move(*decoded));
  if (message->applied && frame.size() <= kMostKept) {
    kept_frame_.assign(frame);
    kept_ = message;
  }
  return message;
}

}  // namespace reeve::manager
