#include "link/piece.hpp"

#include <memory>
#include <string>

namespace reeve::link {
namespace {

constexpr std::size_t kHead = sizeof(std::uint64_t);

}  // namespace

net::Frame piece_frame(std::uint64_t call, std::string_view bytes) {
  std::string frame;
  frame.reserve(kHead + bytes.size());
  for (int shift = 56; shift >= 0; shift -= 8)
    frame += static_cast<char>(static_cast<unsigned char>(call >> shift));
  frame += bytes;
  return std::make_shared<const std::string>(std::move(frame));
}

Result<Piece> decode_piece(std::string_view frame) {
  if (frame.size() < kHead)
    return fail(Errc::invalid,
                "expected a piece of a stream as a binary frame, got one of {} bytes",
                frame.size());
  Piece piece{0, frame.substr(kHead)};
  for (char byte : frame.substr(0, kHead))
    piece.call = piece.call << 8 | static_cast<unsigned char>(byte);
  return piece;
}

}  // namespace reeve::link
