// The one table of the API: what each route is called, who may, where it runs, and what it takes
// and gives. The router, the API's description and the test of roles are made from it.
#pragma once

#include "manager/api/auth.hpp"
#include "manager/api/context.hpp"

#include <cstddef>
#include <span>
#include <string_view>
#include <variant>

namespace reeve::manager::api {

/// An Answer that needs the catalog's snapshot alone: on the I/O loop, without a coroutine.
struct FromSnapshot {
  Answer answer;
};
/// An Answer that needs what the domain loop owns.
struct OnDomain {
  Answer answer;
};
using Work = std::variant<FromSnapshot, OnDomain, Change>;

/// What an answer's body is.
enum class Shape { none, object, list, events, bytes, text };

struct RouteSpec {
  std::string_view pattern;  // "GET /api/v1/services/{service}"
  Permission permission;
  Work work;
  std::string_view summary;
  std::string_view body;  // the name of the body's schema, "" for none
  int status = 200;       // of a good answer
  Shape shape = Shape::object;
  std::string_view answer = "";      // the schema of the object or of the list's items
  std::string_view parameters = "";  // the query's, separated by blanks
  std::size_t body_limit = std::size_t{64} * 1024;
};

std::span<const RouteSpec> routes();

/// A query parameter by its name in the table: what stands before a dot tells two of one name
/// apart.
struct ParameterSpec {
  std::string_view name;
  std::string_view type;  // of JSON Schema
  std::string_view summary;
};
/// CHECKs that the name is known.
const ParameterSpec& parameter(std::string_view name);

}  // namespace reeve::manager::api
