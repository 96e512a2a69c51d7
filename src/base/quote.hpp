// How a message quotes what came in: short, and harmless on a terminal. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace reeve {

/// The text in double quotes, cut after some 60 bytes with "…"; quotes and backslashes escaped,
/// control characters and bytes that are not UTF-8 as \xNN.
std::string quote(std::string_view text);

}  // namespace reeve
