// How values read to people: "3m ago", "in 2d", "3 nodes", labels in one cell. Pure; any thread.
#pragma once

#include "base/time.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace reeve::cli {

/// "just now", "12s ago", "3m ago", "5h ago", "9d ago", "in 4h".
std::string relative(WallTime when, WallTime now);
/// The same; "-" for none.
std::string relative(std::optional<WallTime> when, WallTime now);

/// "12s", "3m", "5h", "9d", "56y".
std::string rough_length(Duration length);

/// "1 node", "3 nodes".
std::string counted(std::size_t count, std::string_view noun);

/// "idc=bj rack=7"; "-" for none.
std::string labels_text(const std::map<std::string, std::string>& labels);

/// The text as one word of a shell.
std::string shell_word(std::string_view text);

}  // namespace reeve::cli
