// What DELETE asks of a noun that others may use: `?cascade=true` takes it from them, and
// `?dry_run=true` shows who they are. A value; any thread.
#pragma once

#include "manager/api/precondition.hpp"
#include "net/http.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace reeve::manager::api {

struct Deletion {
  std::string name;  // of the object, as in the path
  Precondition precondition;
  bool cascade = false;
  bool is_dry_run = false;
  bool force = false;

  static Result<Deletion> asked(const net::Request& request, std::string name);
  /// Takes `?force=true` too.
  static Result<Deletion> asked_or_forced(const net::Request& request, std::string name);

  /// `stale`, or `in_use` where `users` are in its way. `what`: `service "pay"`; `kind`: what its
  /// users are.
  Result<> check(std::string_view what, std::uint64_t revision, std::string_view kind,
                 const std::vector<std::string>& users) const;
};

}  // namespace reeve::manager::api
