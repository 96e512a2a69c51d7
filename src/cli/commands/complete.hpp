// What a shell offers when TAB is typed: the tree's commands and options, and names that the
// manager is asked for. Quick and silent: where there is no answer, there are no names. One thread.
#pragma once

#include "cli/command.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace reeve::cli {

/// `reeve __complete WORD…`, hidden: what the scripts of `reeve completion` call.
inline constexpr std::string_view kCompleteCommand = "__complete";

/// Prints what may stand for the last word, a line each, with a tab and a text where there is one;
/// then ":files", ":folders" or ":words", which says whether names of files may stand there too.
void complete(const CommandTree& tree, const std::vector<std::string>& words);

}  // namespace reeve::cli
