#include "net/headers.hpp"

#include <algorithm>

namespace reeve::net {
namespace {

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

}  // namespace

bool same_word(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [](char x, char y) { return lower(x) == lower(y); });
}

void Headers::add(std::string_view name, std::string_view value) {
  auto begin = static_cast<std::uint32_t>(text_.size());
  text_ += name;
  auto name_end = static_cast<std::uint32_t>(text_.size());
  text_ += value;
  slots_.push_back({begin, name_end, static_cast<std::uint32_t>(text_.size())});
}

std::optional<std::string_view> Headers::find(std::string_view name) const {
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    if (slots_[i].name_end - slots_[i].name_begin != name.size()) continue;
    auto [key, value] = (*this)[i];
    if (same_word(key, name)) return value;
  }
  return std::nullopt;
}

Headers::Field Headers::operator[](std::size_t index) const {
  const auto& slot = slots_[index];
  std::string_view text = text_;
  return {text.substr(slot.name_begin, slot.name_end - slot.name_begin),
          text.substr(slot.name_end, slot.value_end - slot.name_end)};
}

void Headers::clear() {
  text_.clear();
  slots_.clear();
}

}  // namespace reeve::net
