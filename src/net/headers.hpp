// The header fields of an HTTP message, in the order they came, looked up without regard to case.
// Names and values lie in one string, so that a message costs two allocations and none when reused.
// A value type; not shared between threads.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reeve::net {

class Headers {
 public:
  using Field = std::pair<std::string_view, std::string_view>;

  Headers() = default;
  Headers(std::initializer_list<Field> fields) {
    for (const auto& [name, value] : fields) add(name, value);
  }

  void add(std::string_view name, std::string_view value);
  /// The first field of that name.
  std::optional<std::string_view> find(std::string_view name) const;
  /// The first field of that name, or "".
  std::string_view get(std::string_view name) const { return find(name).value_or(""); }

  std::size_t size() const { return slots_.size(); }
  bool empty() const { return slots_.empty(); }
  Field operator[](std::size_t index) const;
  /// Forgets the fields and keeps the memory.
  void clear();

 private:
  struct Slot {
    std::uint32_t name_begin, name_end, value_end;
  };

  std::string text_;
  std::vector<Slot> slots_;
};

/// Whether two header names, or other ASCII words of HTTP, are the same without regard to case.
bool same_word(std::string_view a, std::string_view b);

}  // namespace reeve::net
