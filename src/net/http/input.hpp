// The bytes of a connection that came and were not used yet. Small while a connection is idle,
// larger while much comes. Owned by a connection.
#pragma once

#include <boost/asio/buffer.hpp>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>

namespace reeve::net {

class Input {
 public:
  static constexpr std::size_t kSmall = 2 * 1024;
  static constexpr std::size_t kLarge = 64 * 1024;

  std::string_view view() const { return {bytes_.get() + begin_, end_ - begin_}; }
  bool empty() const { return begin_ == end_; }
  std::size_t size() const { return end_ - begin_; }

  void consume(std::size_t count) {
    begin_ += count;
    if (begin_ == end_) begin_ = end_ = 0;
  }

  /// Room for more, at the price of moving what is there; `wanted` is a hint.
  boost::asio::mutable_buffer space(std::size_t wanted = kSmall) {
    if (begin_ > 0) {
      std::memmove(bytes_.get(), bytes_.get() + begin_, size());
      end_ = size();
      begin_ = 0;
    }
    if (capacity_ < wanted || end_ == capacity_) grow(std::max(wanted, capacity_ * 2));
    return {bytes_.get() + end_, capacity_ - end_};
  }

  void commit(std::size_t count) { end_ += count; }

  /// Gives memory beyond the small size back, if nothing lies in it.
  void shrink() {
    if (!empty() || capacity_ <= kSmall) return;
    bytes_.reset();
    capacity_ = 0;
  }

 private:
  void grow(std::size_t capacity) {
    auto larger = std::make_unique_for_overwrite<char[]>(capacity);
    if (end_ > 0) std::memcpy(larger.get(), bytes_.get(), end_);
    bytes_ = std::move(larger);
    capacity_ = capacity;
  }

  std::unique_ptr<char[]> bytes_;
  std::size_t capacity_ = 0, begin_ = 0, end_ = 0;
};

}  // namespace reeve::net
