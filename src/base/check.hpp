// CHECK: an always-on assertion for bugs. A failed one prints where and aborts; input from outside
// must never be able to fail one.
#pragma once

namespace reeve::detail {
[[noreturn]] void check_failed(const char* condition, const char* file, int line);
}

#define CHECK(condition)                                             \
  do {                                                               \
    if (!(condition)) [[unlikely]]                                   \
      ::reeve::detail::check_failed(#condition, __FILE__, __LINE__); \
  } while (false)
