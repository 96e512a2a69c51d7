#include "base/check.hpp"

#include <cstdio>
#include <cstdlib>

namespace reeve::detail {

void check_failed(const char* condition, const char* file, int line) {
  // Not the log façade: its sink may be what is broken.
  std::fprintf(stderr, "reeve: check failed at %s:%d: %s\n", file, line, condition);
  std::abort();
}

}  // namespace reeve::detail
