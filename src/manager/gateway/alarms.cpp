#include "manager/gateway/alarms.hpp"

#include "base/time_text.hpp"

#include <fmt/core.h>

namespace reeve::manager {

model::Notice second_connection_notice(const std::string& node, const std::string& there,
                                       const std::string& here) {
  model::Notice notice;
  notice.level = model::NoticeLevel::warning;
  notice.kind = "node.second_connection";
  notice.title = "node " + node + " connects twice";
  notice.text = fmt::format(
      "it is connected from {}, and a second agent with the same certificate was refused from {}: "
      "was the machine's disk copied?",
      there, here);
  notice.link = "/nodes/" + node;
  return notice;
}

model::Notice clock_notice(const std::string& node, WallTime there, WallTime here) {
  model::Notice notice;
  notice.level = model::NoticeLevel::warning;
  notice.kind = "node.clock";
  notice.title = "the clock of node " + node + " is wrong";
  notice.text = fmt::format(
      "it says {}, and this manager's says {}: the node is connected and served, but what goes by "
      "its clock (schedules, times in logs) is wrong until somebody sets it",
      format_time(there), format_time(here));
  notice.link = "/nodes/" + node;
  return notice;
}

model::Notice own_clock_notice(WallTime here, WallTime built) {
  model::Notice notice;
  notice.level = model::NoticeLevel::error;
  notice.kind = "manager.clock";
  notice.title = "this manager's clock is wrong";
  notice.text = fmt::format(
      "it says {}, before this program was built ({}): certificates are judged by the later time, "
      "and agents with newer ones are refused until somebody sets the clock",
      format_time(here), format_time(built));
  notice.link = "/status";
  return notice;
}

model::Notice ahead_notice(const std::string& node, const std::string& why) {
  model::Notice notice;
  notice.level = model::NoticeLevel::error;
  notice.kind = "node.ahead";
  notice.title = "node " + node + " is ahead of this manager's store";
  notice.text = why + ": nothing is pushed to it";
  notice.link = "/nodes/" + node;
  return notice;
}

}  // namespace reeve::manager
