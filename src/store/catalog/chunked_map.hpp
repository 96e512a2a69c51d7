// ChunkedMap<Value>: an immutable sorted map from strings (ordered bytewise) whose versions share
// structure. A copy is one pointer; a change copies one chunk of at most 128 items and the list of
// chunks. Every const call is safe from any thread; a Builder belongs to one. Values are best small
// and cheap to copy, such as a shared_ptr<const T>.
#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace reeve::store {

template <class Value>
class ChunkedMap {
 public:
  struct Item {
    std::string key;
    Value value;
    bool operator==(const Item&) const = default;
  };
  class Iterator;
  class Builder;

  ChunkedMap() : chunks_(std::make_shared<Chunks>()) {}

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  /// Null if there is no such key. Lives as long as any copy of this version of the map.
  const Value* find(std::string_view key) const {
    auto at = lower_bound(key);
    return at != end() && at->key == key ? &at->value : nullptr;
  }

  /// The first item whose key is not less. Iterators live as long as a copy of this version.
  Iterator lower_bound(std::string_view key) const {
    auto [chunk, item] = position(*chunks_, key);
    if (chunk < chunks_->size() && item == (*chunks_)[chunk]->size())
      return {*chunks_, chunk + 1, 0};
    return {*chunks_, chunk, item};
  }
  Iterator begin() const { return {*chunks_, 0, 0}; }
  Iterator end() const { return {*chunks_, chunks_->size(), 0}; }

  ChunkedMap with(std::string key, Value value) const {
    Builder builder(*this);
    builder.set(std::move(key), std::move(value));
    return std::move(builder).build();
  }
  ChunkedMap without(std::string_view key) const {
    Builder builder(*this);
    builder.erase(key);
    return std::move(builder).build();
  }

 private:
  static constexpr std::size_t kLargest = 128;
  static constexpr std::size_t kSmallest = 32;  // a smaller chunk joins its neighbour if both fit
  using Chunk = std::vector<Item>;
  using Chunks = std::vector<std::shared_ptr<const Chunk>>;

  // The only chunk that may hold the key (the last that starts at or before it) and the place in
  // it.
  template <class List>
  static std::pair<std::size_t, std::size_t> position(const List& chunks, std::string_view key) {
    auto after = std::partition_point(chunks.begin(), chunks.end(),
                                      [&](const auto& c) { return c->front().key <= key; });
    if (after == chunks.begin()) return {0, 0};
    const auto& chunk = **(after - 1);
    auto item = std::partition_point(chunk.begin(), chunk.end(),
                                     [&](const Item& i) { return i.key < key; });
    return {static_cast<std::size_t>(after - chunks.begin()) - 1,
            static_cast<std::size_t>(item - chunk.begin())};
  }

  std::shared_ptr<const Chunks> chunks_;  // none of them empty
  std::size_t size_ = 0;
};

template <class Value>
class ChunkedMap<Value>::Iterator {
 public:
  using iterator_category = std::forward_iterator_tag;
  using value_type = Item;
  using difference_type = std::ptrdiff_t;
  using pointer = const Item*;
  using reference = const Item&;

  Iterator() = default;
  reference operator*() const { return (*(*chunks_)[chunk_])[item_]; }
  pointer operator->() const { return &**this; }
  Iterator& operator++() {
    if (++item_ == (*chunks_)[chunk_]->size()) {
      ++chunk_;
      item_ = 0;
    }
    return *this;
  }
  Iterator operator++(int) {
    auto before = *this;
    ++*this;
    return before;
  }
  bool operator==(const Iterator&) const = default;

 private:
  friend class ChunkedMap;
  Iterator(const Chunks& chunks, std::size_t chunk, std::size_t item)
      : chunks_(&chunks), chunk_(chunk), item_(item) {}

  const Chunks* chunks_ = nullptr;
  std::size_t chunk_ = 0;
  std::size_t item_ = 0;
};

/// Many changes for the price of few copies: each chunk touched is copied once.
template <class Value>
class ChunkedMap<Value>::Builder {
 public:
  explicit Builder(const ChunkedMap& base = {})
      : chunks_(base.chunks_->begin(), base.chunks_->end()), size_(base.size_) {}

  /// As of the changes so far; until the next one.
  const Value* find(std::string_view key) const {
    auto [chunk, item] = position(chunks_, key);
    return holds(chunk, item, key) ? &(*chunks_[chunk])[item].value : nullptr;
  }

  void set(std::string key, Value value) {
    auto [chunk, item] = position(chunks_, key);
    if (holds(chunk, item, key)) {
      own(chunk)[item].value = std::move(value);
      return;
    }
    ++size_;
    if (chunks_.empty()) chunks_.emplace_back(std::make_shared<Chunk>());
    if (chunks_[chunk]->size() == kLargest) std::tie(chunk, item) = split(chunk, item);
    auto& items = own(chunk);
    items.insert(items.begin() + static_cast<std::ptrdiff_t>(item),
                 Item{std::move(key), std::move(value)});
  }

  /// Whether the key was there.
  bool erase(std::string_view key) {
    auto [chunk, item] = position(chunks_, key);
    if (!holds(chunk, item, key)) return false;
    --size_;
    auto& items = own(chunk);
    items.erase(items.begin() + static_cast<std::ptrdiff_t>(item));
    if (items.empty())
      chunks_.erase(at(chunk));
    else if (items.size() < kSmallest)
      join(chunk);
    return true;
  }

  ChunkedMap build() && {
    ChunkedMap made;
    made.chunks_ = std::make_shared<Chunks>(std::make_move_iterator(chunks_.begin()),
                                            std::make_move_iterator(chunks_.end()));
    made.size_ = size_;
    return made;
  }

 private:
  // A chunk of a finished map is shared with its readers; one made here may be changed in place.
  struct Slot {
    Slot(std::shared_ptr<const Chunk> chunk) : shared(std::move(chunk)) {}
    Slot(std::shared_ptr<Chunk> chunk) : shared(chunk), own(chunk.get()) {}
    const Chunk& operator*() const { return *shared; }
    const Chunk* operator->() const { return shared.get(); }
    operator std::shared_ptr<const Chunk>() && { return std::move(shared); }

    std::shared_ptr<const Chunk> shared;
    Chunk* own = nullptr;
  };

  auto at(std::size_t chunk) { return chunks_.begin() + static_cast<std::ptrdiff_t>(chunk); }

  bool holds(std::size_t chunk, std::size_t item, std::string_view key) const {
    return chunk < chunks_.size() && item < chunks_[chunk]->size() &&
           (*chunks_[chunk])[item].key == key;
  }

  Chunk& own(std::size_t chunk) {
    auto& slot = chunks_[chunk];
    if (!slot.own) slot = Slot(std::make_shared<Chunk>(*slot));
    return *slot.own;
  }

  // Makes room in a full chunk and answers where the item belongs now. Keys that only rise, as in a
  // bulk load, leave full chunks behind.
  std::pair<std::size_t, std::size_t> split(std::size_t chunk, std::size_t item) {
    bool at_the_end = chunk + 1 == chunks_.size() && item == kLargest;
    std::size_t left = at_the_end ? kLargest : kLargest / 2;
    auto tail = std::make_shared<Chunk>();
    tail->reserve(kLargest);
    auto& head = own(chunk);
    auto middle = head.begin() + static_cast<std::ptrdiff_t>(left);
    tail->assign(std::make_move_iterator(middle), std::make_move_iterator(head.end()));
    head.erase(middle, head.end());
    chunks_.insert(at(chunk + 1), Slot(std::move(tail)));
    if (item <= left && !at_the_end) return {chunk, item};
    return {chunk + 1, item - left};
  }

  void join(std::size_t chunk) {
    std::size_t left = chunk + 1 < chunks_.size() ? chunk : chunk - 1;
    if (chunks_.size() < 2 || chunks_[left]->size() + chunks_[left + 1]->size() > kLargest / 2)
      return;
    auto& items = own(left);
    items.insert(items.end(), chunks_[left + 1]->begin(), chunks_[left + 1]->end());
    chunks_.erase(at(left + 1));
  }

  std::vector<Slot> chunks_;
  std::size_t size_;
};

}  // namespace reeve::store
