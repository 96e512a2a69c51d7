// What an I/O loop tells the sessions about one connection.
#pragma once

#include "base/error.hpp"
#include "link/codec.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace reeve::manager {

class Backlog;

struct SessionOpened {
  std::shared_ptr<net::MessageSocket> socket;
  std::string node;  // uid, as the certificate says
  std::shared_ptr<Backlog> backlog;
};
struct SessionClosed {
  std::string reason;
};
/// A heartbeat, or a message that this build does not know: nothing but a sign of life.
struct SignOfLife {};

/// Of the stream of a call.
struct StreamPiece {
  std::uint64_t call = 0;
  std::string bytes;
};

using MessagePtr = std::shared_ptr<const link::Message>;

/// A frame: a message, a piece of a stream, garbage (the error says why), or a sign of life.
using SessionWord =
    std::variant<SignOfLife, MessagePtr, StreamPiece, Error, SessionOpened, SessionClosed>;

struct SessionEvent {
  std::uint64_t session = 0;
  SessionWord word;
  std::size_t weight = 0;  // in the session's Backlog
};

/// What came of one connection and the domain loop has not looked at. An agent that sends faster
/// than it is heard, for longer than that can be honest, is cut off. Any thread.
class Backlog {
 public:
  static constexpr std::size_t kMost = std::size_t{16} * 1024 * 1024;

  /// How much a frame weighs; nothing where it is too much.
  std::optional<std::size_t> add(std::size_t frame_bytes) {
    constexpr std::size_t kEvent = 128;
    auto weight = frame_bytes + kEvent;
    if (bytes_.fetch_add(weight) <= kMost) return weight;
    return std::nullopt;
  }
  void taken(std::size_t weight) { bytes_ -= weight; }
  /// Whether nobody was told yet that it was too much.
  bool is_news() { return !is_told_.exchange(true); }

 private:
  std::atomic<std::size_t> bytes_ = 0;
  std::atomic<bool> is_told_ = false;
};

/// Decodes the frames of one I/O loop, on that. Nodes that shall have the same answer a push with
/// the same bytes, one after the other: such an answer is decoded once.
class FrameReader {
 public:
  SessionWord read(std::string_view frame, net::FrameKind kind);

 private:
  static constexpr std::size_t kMostKept = std::size_t{64} * 1024;

  std::string kept_frame_;
  MessagePtr kept_;  // of kept_frame_; null at first
};

}  // namespace reeve::manager
