// Counts the flushes of the process it is preloaded into (LD_PRELOAD) in the first 8 bytes of the
// file that REEVE_COUNT_SYNC names.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <new>

namespace {

using Counter = std::atomic<long>;
static_assert(Counter::is_always_lock_free);

Counter* open_counter() {
  const char* path = std::getenv("REEVE_COUNT_SYNC");
  if (!path) return nullptr;
  int file = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
  if (file < 0 || ftruncate(file, sizeof(Counter)) != 0) std::abort();
  void* page = mmap(nullptr, sizeof(Counter), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (page == MAP_FAILED) std::abort();
  close(file);
  return new (page) Counter(0);
}

int counted(const char* name, int file) {
  static Counter* const counter = open_counter();
  auto real = reinterpret_cast<int (*)(int)>(dlsym(RTLD_NEXT, name));
  if (counter) counter->fetch_add(1);
  return real(file);
}

}  // namespace

extern "C" {
int fsync(int file) { return counted("fsync", file); }
int fdatasync(int file) { return counted("fdatasync", file); }
}
