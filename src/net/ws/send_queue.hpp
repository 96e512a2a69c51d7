// The frames of a socket that wait to be sent: any thread puts them in, the I/O loop takes them
// out.
#pragma once

#include "net/websocket.hpp"

#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

namespace reeve::net {

struct QueuedFrame {
  Frame frame;
  FrameKind kind;
};

class SendQueue {
 public:
  enum class Pushed { quietly, needs_wake, over_limit };

  explicit SendQueue(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  Pushed push(QueuedFrame item) {
    std::lock_guard lock(mutex_);
    if (is_shut_) return Pushed::quietly;
    if (bytes_ + item.frame->size() > max_bytes_) {
      is_shut_ = true;
      return Pushed::over_limit;
    }
    bytes_ += item.frame->size();
    frames_.push_back(std::move(item));
    return std::exchange(is_awake_, true) ? Pushed::quietly : Pushed::needs_wake;
  }

  /// The next frame; without one the next push() asks for a wake-up.
  std::optional<QueuedFrame> pop() {
    std::lock_guard lock(mutex_);
    if (frames_.empty()) {
      is_awake_ = false;
      return std::nullopt;
    }
    auto item = std::move(frames_.front());
    frames_.pop_front();
    return item;
  }

  /// So many bytes of popped frames have been sent.
  void sent(std::size_t bytes) {
    if (bytes == 0) return;
    std::lock_guard lock(mutex_);
    bytes_ -= bytes;
  }

  /// Takes no more frames.
  void shut() {
    std::lock_guard lock(mutex_);
    is_shut_ = true;
  }

  void clear() {
    std::lock_guard lock(mutex_);
    is_shut_ = true;
    frames_.clear();
    bytes_ = 0;
  }

  std::size_t bytes() const {
    std::lock_guard lock(mutex_);
    return bytes_;
  }

 private:
  mutable std::mutex mutex_;
  std::deque<QueuedFrame> frames_;
  std::size_t bytes_ = 0;  // with what is being sent
  const std::size_t max_bytes_;
  bool is_awake_ = false;
  bool is_shut_ = false;
};

}  // namespace reeve::net
