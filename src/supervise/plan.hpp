// What is to be asked of the keeper so that it runs what this node shall run. Pure.
#pragma once

#include "keeper/protocol.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace reeve::supervise {

/// One process as it shall be.
struct Wanted {
  std::int64_t mark = 0;  // of its spec
  bool autostart = true;
  bool stopped = false;  // by somebody, until somebody starts it
};

enum class Deed {
  set,            // hand over the spec: a process that runs takes it at its next start
  set_and_start,  // of one that the keeper does not have
  start,
  stop,
  remove
};

struct Step {
  Deed deed = Deed::set;
  std::string process;

  bool operator==(const Step&) const = default;
};

using Reports = std::map<std::string, keeper::Report, std::less<>>;

/// `kept`: processes that stay as they are. A process that nobody wants is stopped, and removed
/// when it has ended; one that a shutdown of the keeper ended starts again.
std::vector<Step> work_out(const std::map<std::string, Wanted>& wanted,
                           const std::set<std::string>& kept, const Reports& reports);

}  // namespace reeve::supervise
