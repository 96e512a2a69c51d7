// Result<T>: a value or an Error. Expected failure travels here; exceptions are for bugs only.
// TRY and its relatives pass an error up, adding what the caller was doing.
#pragma once

#include "base/error.hpp"

#include <fmt/core.h>
#include <tl/expected.hpp>

#include <string>
#include <utility>

namespace reeve {

template <class T = void>
using Result = tl::expected<T, Error>;

using Failure = tl::unexpected<Error>;

/// `return fail(Errc::invalid, "port must be 1-65535, got \"{}\"", text);`
template <class... Args>
Failure fail(Errc code, fmt::format_string<Args...> format, Args&&... args) {
  return Failure(Error{code, fmt::format(format, std::forward<Args>(args)...), "", {}});
}

inline Failure fail(Error error) { return Failure(std::move(error)); }

/// A failure about one field of the input; `field` as in Fault.
template <class... Args>
Failure fail_at(std::string field, Errc code, fmt::format_string<Args...> format, Args&&... args) {
  Error error{code, fmt::format(format, std::forward<Args>(args)...), field, {}};
  error.faults.push_back({std::string(to_string(code)), error.what, std::move(field)});
  return Failure(std::move(error));
}

namespace detail {
inline Error with_context(Error error) { return error; }
template <class... Args>
Error with_context(Error error, fmt::format_string<Args...> format, Args&&... args) {
  return std::move(error).in_context(fmt::format(format, std::forward<Args>(args)...));
}
}  // namespace detail

}  // namespace reeve

#define REEVE_JOIN2(a, b) a##b
#define REEVE_JOIN(a, b) REEVE_JOIN2(a, b)

#define REEVE_TRY(ret, name, expr, ...)                                                       \
  do {                                                                                        \
    auto name = (expr);                                                                       \
    if (!name)                                                                                \
      ret ::reeve::Failure(                                                                   \
          ::reeve::detail::with_context(std::move(name).error() __VA_OPT__(, ) __VA_ARGS__)); \
  } while (false)

#define REEVE_TRY_ASSIGN(ret, name, decl, expr, ...)                                        \
  auto name = (expr);                                                                       \
  if (!name)                                                                                \
    ret ::reeve::Failure(                                                                   \
        ::reeve::detail::with_context(std::move(name).error() __VA_OPT__(, ) __VA_ARGS__)); \
  decl = std::move(*name)

/// TRY(expr[, "doing {}", args…]): returns the error of a Result, else goes on.
#define TRY(expr, ...) \
  REEVE_TRY(return, REEVE_JOIN(try_, __LINE__), expr __VA_OPT__(, ) __VA_ARGS__)
/// TRY_ASSIGN(auto x, expr[, "doing {}", args…]): the same, and binds the value.
#define TRY_ASSIGN(decl, expr, ...) \
  REEVE_TRY_ASSIGN(return, REEVE_JOIN(try_, __LINE__), decl, expr __VA_OPT__(, ) __VA_ARGS__)
/// The same two inside a coroutine.
#define CO_TRY(expr, ...) \
  REEVE_TRY(co_return, REEVE_JOIN(try_, __LINE__), expr __VA_OPT__(, ) __VA_ARGS__)
#define CO_TRY_ASSIGN(decl, expr, ...) \
  REEVE_TRY_ASSIGN(co_return, REEVE_JOIN(try_, __LINE__), decl, expr __VA_OPT__(, ) __VA_ARGS__)
