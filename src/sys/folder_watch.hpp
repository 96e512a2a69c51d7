// FolderWatch: hears from the system (inotify) when names in folders come, go or get other
// contents, modes or owners. A hint, never a proof: who hears it looks at the file itself. One
// owner; any thread, one at a time.
#pragma once

#include "base/result.hpp"
#include "base/unique_fd.hpp"

#include <map>
#include <string>
#include <vector>

namespace reeve::sys {

class FolderWatch {
 public:
  struct Event {
    std::string folder;  // as given to add(); empty: events were lost, anything may have changed
    std::string name;    // empty: the folder itself has gone, and is not watched any more
  };

  static Result<FolderWatch> open();

  /// Once more for the same folder does nothing.
  Result<> add(const std::string& folder);
  void remove(const std::string& folder);

  /// Readable when there are events.
  int fd() const { return fd_.get(); }
  /// Those that have come; none if there are none. Does not block.
  std::vector<Event> read();

 private:
  explicit FolderWatch(UniqueFd fd) : fd_(std::move(fd)) {}

  UniqueFd fd_;
  std::map<int, std::string> folders_;  // by the system's number of the watch
  std::map<std::string, int> numbers_;
};

}  // namespace reeve::sys
