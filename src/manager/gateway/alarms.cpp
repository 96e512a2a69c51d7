#include "manager/gateway/alarms.hpp"

#include "base/time_text.hpp"

#include <fmt/core.h>

namespace reeve::manager {
namespace {

using Level = model::NoticeLevel;

model::Notice notice_of(Level level, std::string kind, std::string title, std::string text,
                        std::string link) {
  model::Notice notice;
  notice.level = level;
  notice.kind = std::move(kind);
  notice.title = std::move(title);
  notice.text = std::move(text);
  notice.link = std::move(link);
  return notice;
}

}  // namespace

model::Notice second_connection_notice(const std::string& node, const std::string& there,
                                       const std::string& here) {
  return notice_of(Level::warning, "node.second_connection", "node " + node + " connects twice",
                   fmt::format("it is connected from {}, and a second agent with the same "
                               "certificate was refused from {}: "
                               "was the machine's disk copied?",
                               there, here),
                   "/nodes/" + node);
}

model::Notice clock_notice(const std::string& node, WallTime there, WallTime here) {
  return notice_of(
      Level::warning, "node.clock", "the clock of node " + node + " is wrong",
      fmt::format("it says {}, and this manager's says {}: the node is connected and served, but "
                  "what goes by "
                  "its clock (schedules, times in logs) is wrong until somebody sets it",
                  format_time(there), format_time(here)),
      "/nodes/" + node);
}

model::Notice own_clock_notice(WallTime here, WallTime built) {
  return notice_of(
      Level::error, "manager.clock", "this manager's clock is wrong",
      fmt::format("it says {}, before this program was built ({}): certificates are judged by the "
                  "later time, "
                  "and agents with newer ones are refused until somebody sets the clock",
                  format_time(here), format_time(built)),
      "/status");
}

model::Notice ahead_notice(const std::string& node, const std::string& why) {
  return notice_of(Level::error, "node.ahead", "node " + node + " is ahead of this manager's store",
                   why + ": nothing is pushed to it", "/nodes/" + node);
}

}  // namespace reeve::manager
