// How the keeper gives its guardian the read end of a FIFO to hold: one packet of fixed size with
// the descriptor beside it, or without one to let go. Nothing in it needs parsing. Either thread.
#pragma once

#include <cstdint>

namespace reeve::keeper {

/// Which of a slot's outputs: 0 stdout, 1 stderr.
constexpr std::uint32_t held_index(std::uint32_t slot, std::uint32_t output) {
  return slot * 2 + output;
}

/// Sends `index`, with `fd` unless it is negative; false where the guardian is gone.
bool send_held(int channel, std::uint32_t index, int fd);

struct Held {
  bool received = false;
  std::uint32_t index = 0;
  int fd = -1;
};
/// The next packet, without waiting.
Held receive_held(int channel);

}  // namespace reeve::keeper
