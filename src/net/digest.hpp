// Digests and random bytes, from OpenSSL. Any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace reeve::net {

/// 64 lower-case hexadecimal digits.
std::string sha256(std::string_view bytes);

/// From the system's generator; ends the process when that fails, for no secret would be one.
std::string random_bytes(std::size_t count);
/// 2 * `count` hexadecimal digits.
std::string random_hex(std::size_t count);

std::string to_hex(std::string_view bytes);

}  // namespace reeve::net
