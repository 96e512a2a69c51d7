// Decodes the manager's frames. A frame that is the same as the one before, byte for byte, as when
// one push goes to all agents, is decoded once: a thousand real machines would do that side by
// side, and here it would be charged to the manager that is measured. The agents' thread only.
#pragma once

#include "link/codec.hpp"

#include <memory>
#include <string>

namespace reeve::bench {

class FrameReader {
 public:
  using MessagePtr = std::shared_ptr<const link::Message>;

  Result<MessagePtr> read(std::string_view frame);

 private:
  std::string last_frame_;
  MessagePtr last_;
};

}  // namespace reeve::bench
