// reeve version: which Reeve this is.
#include "base/version.hpp"

#include "cli/commands/commands.hpp"

#include <fmt/core.h>

namespace reeve::cli {

namespace {

Result<Answer> show_version(Session&) {
  Answer answer;
  answer.json = json::Object{{"version", version()}, {"built", build_date()}};
  answer.text = fmt::format("reeve {} ({})\n", version(), build_date());
  return answer;
}

}  // namespace

void add_version(Command& root) {
  root.add("version", "which Reeve this is", kOtherGroup).client(show_version);
}

}  // namespace reeve::cli
