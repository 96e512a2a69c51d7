// Who asks, and whether he may: API tokens and the permission that each route demands. Pure
// functions; any thread.
#pragma once

#include "manager/api/context.hpp"

#include <boost/describe/enum.hpp>

namespace reeve::manager::api {

/// What a route demands. Each role may do what those before it may.
enum class Permission { anyone, viewer, operator_, administrator };
BOOST_DESCRIBE_ENUM(Permission, anyone, viewer, operator_, administrator)

bool permits(Permission needed, model::Role role);

/// The caller behind `Authorization: Bearer`; `unauthenticated` says what is wrong.
Result<Caller> authenticate(const net::Request& request, const store::Snapshot& snapshot,
                            WallTime now);

/// In the words of the audit log; without a token nobody.
Actor actor_of(const Caller& caller, const net::Request& request);

}  // namespace reeve::manager::api
