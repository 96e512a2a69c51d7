#include "manager/gateway/session_event.hpp"

namespace reeve::manager {

SessionWord read_frame(std::string_view frame, net::FrameKind kind) {
  auto message = link::decode_message(frame, kind);
  if (!message) return std::move(message).error();
  if (message->heartbeat || !link::is_known(*message)) return SignOfLife{};
  return std::make_unique<link::Message>(std::move(*message));
}

}  // namespace reeve::manager
