// Takes specs as an agent does, in memory only. Where the agent before had the same and got the
// same, as when one push goes to all of them, what came of it is used again: a thousand real
// machines would work it out side by side, and here it would be charged to the manager that is
// measured. The agents' thread only.
#pragma once

#include "agent/spec.hpp"
#include "net/websocket.hpp"
#include "reeve_bench/frame_reader.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace reeve::bench {

using HeldSpecPtr = std::shared_ptr<const agent::HeldSpec>;

class SpecTaker {
 public:
  struct Taken {
    HeldSpecPtr held;
    net::Frame text;           // the answer, an `applied`
    net::Frame frame;          // the same as a client's frame
    std::uint64_t newest = 0;  // version among the lists that came; 0 without any
  };

  /// What an agent of this cluster has before its first spec.
  HeldSpecPtr nothing(const std::string& cluster);

  /// `message` carries a spec.
  Result<Taken> take(const HeldSpecPtr& held, const std::string& cluster,
                     const FrameReader::MessagePtr& message);

 private:
  HeldSpecPtr nothing_;
  HeldSpecPtr last_held_;
  FrameReader::MessagePtr last_message_;
  Taken last_;
};

}  // namespace reeve::bench
