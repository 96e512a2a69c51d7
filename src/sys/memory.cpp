#include "sys/memory.hpp"

#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>

namespace reeve::sys {
namespace {

// What the file may be written to in memory (relocations, variables) would be lost.
bool is_as_in_the_file(const ElfW(Phdr) & segment) {
  return segment.p_type == PT_LOAD && (segment.p_flags & PF_W) == 0;
}

int shed_object(dl_phdr_info* object, std::size_t, void*) {
  static const auto kPage = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  for (int i = 0; i < object->dlpi_phnum; ++i) {
    const auto& segment = object->dlpi_phdr[i];
    if (!is_as_in_the_file(segment)) continue;
    auto begin = (object->dlpi_addr + segment.p_vaddr) & ~(kPage - 1);
    auto end = (object->dlpi_addr + segment.p_vaddr + segment.p_memsz) & ~(kPage - 1);
    // Whole pages alone. The kernel's own object has none in a file and refuses.
    // NOLINTNEXTLINE(performance-no-int-to-ptr)
    if (begin < end) madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
  }
  return 0;
}

}  // namespace

void shed_code() { dl_iterate_phdr(shed_object, nullptr); }

}  // namespace reeve::sys
