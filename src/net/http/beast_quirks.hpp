// What one has to know of Beast 1.81's parser to use it. Private to net/.
#pragma once

#include <cstddef>

namespace reeve::net {

/// A chunked body ends with "0\r\n\r\n" at least. Beast asserts that it is not shown less of that
/// after it has seen its beginning, so less is held back: it cannot be the end anyway.
template <class Parser>
bool must_wait_for_chunk(const Parser& parser, std::size_t available) {
  constexpr std::size_t kLeastEnd = 5;
  return parser.is_header_done() && parser.chunked() && available < kLeastEnd;
}

}  // namespace reeve::net
