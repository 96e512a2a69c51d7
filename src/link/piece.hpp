// A piece of a call's stream: one binary frame, the call's id in eight bytes (big-endian) and then
// the stream's own bytes. Pure; any thread.
#pragma once

#include "base/result.hpp"
#include "net/websocket.hpp"

#include <cstdint>
#include <string_view>

namespace reeve::link {

struct Piece {
  std::uint64_t call = 0;
  std::string_view bytes;  // of the frame that it was read from
};

net::Frame piece_frame(std::uint64_t call, std::string_view bytes);

/// `invalid` for a frame that is too short to be one.
Result<Piece> decode_piece(std::string_view frame);

}  // namespace reeve::link
