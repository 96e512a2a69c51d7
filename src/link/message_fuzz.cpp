// Any bytes as a frame: decoding ends in a message or an error, and what was decoded can be sent on
// and read again as the same.
#include "base/check.hpp"
#include "link/codec.hpp"

#include <cstddef>
#include <cstdint>

using namespace reeve;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view frame(reinterpret_cast<const char*>(data), size);
  auto message = link::decode_message(frame, net::FrameKind::text);
  if (!message) return 0;
  auto text = link::frame_of(*message);
  auto again = link::decode_message(*text, net::FrameKind::text);
  CHECK(again.has_value());
  CHECK(*link::frame_of(*again) == *text);
  return 0;
}
