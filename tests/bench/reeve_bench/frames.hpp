// WebSocket frames (RFC 6455, 5.2) as a client writes and reads them, on plain bytes. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace reeve::bench {

enum class Opcode : std::uint8_t { text = 1, close = 8, ping = 9, pong = 10 };

/// A whole message, masked.
std::string client_frame(Opcode opcode, std::string_view payload);

struct ServerFrame {
  Opcode opcode;  // or any other value of four bits
  bool is_final;
  std::string_view payload;  // into the bytes
};

/// Cuts the first frame off the bytes; nothing while it is not whole.
std::optional<ServerFrame> cut_frame(std::string_view& bytes);

}  // namespace reeve::bench
