// Makes one process. The child shares memory and descriptors with the keeper until it executes, so
// neither page tables nor a thousand programs' descriptors are copied; the keeper waits meanwhile.
// In the child only system calls: no heap, no locks. The keeper's thread alone.
#pragma once

#include "base/unique_fd.hpp"
#include "keeper/outcome.hpp"
#include "keeper/spec.hpp"
#include "keeper/table.hpp"

#include <sys/resource.h>

namespace reeve::keeper {

/// Descriptors that a child keeps until it executes have low numbers; all above are left behind.
enum LowFd : int {
  kLockFd = 3,    // the keeper's lock: held until exec, so that the next keeper waits for it
  kNullFd = 4,    // /dev/null
  kOutFd = 5,     // the child's stdout, set for each spawn
  kErrFd = 6,     // … and stderr
  kCgroupFd = 7,  // cgroup.procs, set for each spawn that has one
  kFirstOther = 8,
};

/// What went wrong in the child, for a sentence.
enum class SpawnStep : std::int32_t {
  none,
  descriptors,
  session,
  cgroup,
  limit,
  groups,
  user,
  directory,
  exec
};

struct SpawnOrder {
  const Spec& spec;
  Row& row;  // gets pid and start time, or the failed step
  std::uint32_t epoch = 0;
  bool in_cgroup = false;  // kCgroupFd is set
  rlimit nofile{};         // the child's, unless the spec has one
  int oom_score_adj = 0;   // written if `reset_oom`
  bool reset_oom = false;
};

struct Spawned {
  std::int32_t pid = 0;
  UniqueFd pidfd;
};

/// Before a new life begins: nothing of the last one is left in its row.
void clear(Row& row, std::uint32_t epoch);

/// Of a row that is clear. A child that failed before exec is reaped here; the sentence says why.
Outcome<Spawned> spawn(const SpawnOrder& order);

/// "run \"/bin/x\": no such file or directory", from what the row says.
std::string explain(const Spec& spec, SpawnStep step, int error);

}  // namespace reeve::keeper
