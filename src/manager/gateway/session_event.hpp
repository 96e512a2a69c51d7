// What an I/O loop tells the sessions about one connection.
#pragma once

#include "base/error.hpp"
#include "link/codec.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <variant>

namespace reeve::manager {

struct SessionOpened {
  std::shared_ptr<net::MessageSocket> socket;
  std::string node;  // uid, as the certificate says
};
struct SessionClosed {
  std::string reason;
};
/// A heartbeat, or a message that this build does not know: nothing but a sign of life.
struct SignOfLife {};

/// A frame: a message, garbage (the error says why), or a sign of life.
using SessionWord =
    std::variant<SignOfLife, std::unique_ptr<link::Message>, Error, SessionOpened, SessionClosed>;

struct SessionEvent {
  std::uint64_t session = 0;
  SessionWord word;
};

/// Decodes a frame; on its I/O loop.
SessionWord read_frame(std::string_view frame, net::FrameKind kind);

}  // namespace reeve::manager
