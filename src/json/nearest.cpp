#include "json/nearest.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace reeve::json {

namespace {

constexpr std::size_t kLongest = 64;

char folded(char c) {
  if (c == '-') return '_';
  return 'A' <= c && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

using Row = std::array<std::size_t, kLongest + 1>;

// Letters to insert, delete, replace or swap with their neighbour.
std::size_t distance(std::string_view from, std::string_view to) {
  Row before{}, above{}, row{};
  for (std::size_t j = 0; j <= to.size(); ++j) row[j] = j;
  for (std::size_t i = 0; i < from.size(); ++i) {
    before = above;
    above = row;
    row[0] = i + 1;
    for (std::size_t j = 0; j < to.size(); ++j) {
      bool is_same = folded(from[i]) == folded(to[j]);
      row[j + 1] = std::min({above[j] + (is_same ? 0 : 1), row[j] + 1, above[j + 1] + 1});
      bool is_swap = i > 0 && j > 0 && folded(from[i]) == folded(to[j - 1]) &&
                     folded(from[i - 1]) == folded(to[j]);
      if (is_swap) row[j + 1] = std::min(row[j + 1], before[j - 1] + 1);
    }
  }
  return row[to.size()];
}

}  // namespace

std::string_view nearest(std::string_view given, std::span<const std::string_view> names) {
  std::string_view best;
  std::size_t least = kLongest;
  if (given.size() > kLongest) return best;
  for (std::string_view name : names) {
    if (name.size() > kLongest) continue;
    std::size_t steps = distance(given, name);
    std::size_t allowed = std::max<std::size_t>(1, std::max(given.size(), name.size()) / 3);
    bool is_close = steps <= allowed && steps < name.size();
    if (is_close && steps < least) {
      least = steps;
      best = name;
    }
  }
  return best;
}

}  // namespace reeve::json
