#include "reeve_bench/frame_reader.hpp"

#include <utility>

namespace reeve::bench {

Result<FrameReader::MessagePtr> FrameReader::read(std::string_view frame) {
  if (last_ && frame == last_frame_) return last_;
  TRY_ASSIGN(auto message, link::decode_message(frame, net::FrameKind::text));
  last_frame_ = frame;
  last_ = std::make_shared<const link::Message>(std::move(message));
  return last_;
}

}  // namespace reeve::bench
