// Who asks, and whether he may: API tokens and the permission that each route demands. Refused
// attempts are logged and audited, at a bounded rate, so that nobody fills the disk by guessing.
#pragma once

#include "async/task_group.hpp"
#include "manager/api/context.hpp"
#include "manager/rate_limit.hpp"

#include <boost/describe/enum.hpp>

#include <mutex>

namespace reeve::manager::api {

/// What a route demands. Each role may do what those before it may.
enum class Permission { anyone, viewer, operator_, administrator };
BOOST_DESCRIBE_ENUM(Permission, anyone, viewer, operator_, administrator)

bool permits(Permission needed, model::Role role);

/// The caller behind `Authorization: Bearer`; `unauthenticated` says what is wrong. Any thread.
Result<Caller> authenticate(const net::Request& request, const store::Snapshot& snapshot,
                            WallTime now);

/// Where the request comes from, for the audit log.
std::string origin_of(const net::Request& request);

/// Writes refused attempts down. Any thread.
class Refusals {
 public:
  Refusals(async::Loop& domain, const sys::Clock& clock, Editor& editor);

  void note(const net::Request& request, const Caller& caller, const Error& why);

  /// Waits for what is being written. Domain loop.
  Task<Result<>> stop(Duration limit);

 private:
  bool is_within_limits(const std::string& from);

  async::Loop& domain_;
  const sys::Clock& clock_;
  Editor& editor_;
  std::shared_ptr<async::TaskGroup> tasks_;  // shared with what is on its way to the domain loop
  std::mutex mutex_;
  RateLimit limit_{RateLimit::Settings{}};
};

}  // namespace reeve::manager::api
