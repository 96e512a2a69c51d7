// How a process ended, as waitid() tells it, as waitpid() would, and as life.cpp wants it. Pure;
// any thread.
#pragma once

#include "keeper/life.hpp"

#include <signal.h>
#include <sys/wait.h>

namespace reeve::keeper {

inline int wait_status(const siginfo_t& info) {
  if (info.si_code == CLD_EXITED) return info.si_status << 8;
  return info.si_status | (info.si_code == CLD_DUMPED ? 0x80 : 0);
}

inline Ending ending_of(int status) {
  if (WIFSIGNALED(status)) return {true, true, WTERMSIG(status)};
  return {true, false, WEXITSTATUS(status)};
}

}  // namespace reeve::keeper
