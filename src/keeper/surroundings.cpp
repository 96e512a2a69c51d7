#include "keeper/surroundings.hpp"

#include "keeper/procfs.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>

namespace reeve::keeper {
namespace {

constexpr int kLockTries = 200, kLockPauseMs = 10;

}  // namespace

void settle_in(Header& header) {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  header.nofile_soft = files.rlim_cur;
  header.nofile_hard = files.rlim_max;
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  header.oom_score_adj = std::atoi(read_small_file("/proc/self/oom_score_adj").c_str());
  UniqueFd score(::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC));
  header.oom_lowered = score && ::write(score.get(), "-900", 4) == 4;
}

UniqueFd take_lock(const std::string& file) {
  UniqueFd fd(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  for (int tries = 0; fd && tries < kLockTries; ++tries) {
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) == 0) return fd;
    ::poll(nullptr, 0, kLockPauseMs);
  }
  return {};
}

}  // namespace reeve::keeper
