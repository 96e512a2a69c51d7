// The keeper's corner of the cgroup v2 tree, wherever that is mounted: below the keeper's own
// group, one group for each process. Where none can be made there is no Cgroups, and process groups
// have to do. The keeper's thread alone.
#pragma once

#include "base/unique_fd.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace reeve::keeper {

/// Where cgroup v2 is mounted, from the text of /proc/self/mountinfo; empty: nowhere.
std::string cgroup2_mount(std::string_view mountinfo);
/// The path of the v2 line in /proc/self/cgroup.
std::string cgroup2_path(std::string_view cgroup);

class Cgroups {
 public:
  /// `corner` is the name of the folder that is ours; nothing where it cannot be made.
  static std::optional<Cgroups> open(std::string corner);

  /// Opens its cgroup.procs for a child to enter, making the group.
  UniqueFd enter(std::string_view name) const;
  /// SIGKILL to everything in it; false where the kernel or the group is not there.
  bool kill(std::string_view name) const;
  void remove(std::string_view name) const;
  /// Ours, once it is empty.
  void remove_corner() const;

 private:
  explicit Cgroups(std::string folder) : folder_(std::move(folder)) {}
  std::string path(std::string_view name) const { return folder_ + "/" + std::string(name); }

  std::string folder_;
};

}  // namespace reeve::keeper
