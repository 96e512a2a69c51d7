// What can fail in the keeper says so with an Outcome: a value, or a sentence. The system's Result
// would bring fmt into the static binary. Any thread.
#pragma once

#include <tl/expected.hpp>

#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>

namespace reeve::keeper {

template <class T = void>
using Outcome = tl::expected<T, std::string>;

using Failed = tl::unexpected<std::string>;

inline Failed failed(std::string what) { return Failed(std::move(what)); }

/// "open /x: no such file or directory"
inline Failed failed(std::string_view doing, int number) {
  std::string why = std::strerror(number);
  if (why[0] >= 'A' && why[0] <= 'Z') why[0] = static_cast<char>(why[0] + ('a' - 'A'));
  return Failed(std::string(doing) + ": " + why);
}

}  // namespace reeve::keeper
