// UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF. Pure
// functions; any thread.
#pragma once

#include <cstddef>
#include <string_view>

namespace reeve::utf8 {

/// The bytes (1 to 4) of the character at the start of the text; 0 where none is valid there.
std::size_t first_length(std::string_view text);

/// The offset of the first byte that is not valid; text.size() where all is.
std::size_t valid_prefix(std::string_view text);

/// The longest valid start of the text with at most `most` bytes.
std::string_view cut(std::string_view text, std::size_t most);

/// The number of code points; an invalid byte counts as one.
std::size_t count(std::string_view text);

}  // namespace reeve::utf8
