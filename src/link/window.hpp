// How much of a stream may be under way: the sender sends what it has credit for, the receiver
// gives credit for what has been read. So a slow reader holds a bounded part of the stream, and
// nobody else up. Pure values; one thread each.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>

namespace reeve::link {

class SendWindow {
 public:
  /// No more than this is believed of what the other side grants.
  static constexpr std::uint64_t kMost = 1024 * 1024;

  explicit SendWindow(std::uint64_t credit) : credit_(std::min(credit, kMost)) {}

  std::uint64_t credit() const { return credit_; }
  /// At most credit().
  void sent(std::uint64_t bytes) { credit_ -= bytes; }
  void add(std::uint64_t bytes) { credit_ += std::min(bytes, kMost - credit_); }

 private:
  std::uint64_t credit_;
};

class ReceiveWindow {
 public:
  explicit ReceiveWindow(std::uint64_t size) : size_(size), granted_(size) {}

  std::uint64_t size() const { return size_; }

  /// So much came: false where that is more than was granted.
  bool receive(std::uint64_t bytes) {
    if (bytes > granted_) return false;
    granted_ -= bytes;
    return true;
  }

  /// So much of it was read: what to grant now. Nothing until that is half the window, so that
  /// small pieces do not each cost a message.
  std::uint64_t read(std::uint64_t bytes) {
    read_ += bytes;
    if (read_ < size_ / 2) return 0;
    granted_ += read_;
    return std::exchange(read_, 0);
  }

 private:
  std::uint64_t size_;
  std::uint64_t granted_;   // and not received yet
  std::uint64_t read_ = 0;  // and not granted again yet
};

}  // namespace reeve::link
