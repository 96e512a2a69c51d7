// Every handler of the API by noun; routes.cpp gives each its path and permission. What kind each
// is (Answer or Change) says where it runs, see context.hpp.
#pragma once

#include "async/call.hpp"
#include "manager/api/context.hpp"
#include "net/query.hpp"

namespace reeve::manager::api {

using Query = net::Query;
using Response = net::Response;

// services.cpp
Result<Response> list_services(const Call& call);
Result<Response> get_service(const Call& call);
Task<Result<Response>> put_service(Call call);
Task<Result<Response>> patch_service(Call call);
Task<Result<Response>> delete_service(Call call);

// instances.cpp
Result<Response> list_instances(const Call& call);
Result<Response> get_instance(const Call& call);
Task<Result<Response>> put_instance(Call call);
Task<Result<Response>> patch_instance(Call call);
Task<Result<Response>> delete_instance(Call call);

// subscribers.cpp
Result<Response> list_subscribers(const Call& call);
Result<Response> get_subscriber(const Call& call);
Task<Result<Response>> put_subscriber(Call call);
Task<Result<Response>> delete_subscriber(Call call);

// selectors.cpp
Task<Result<Response>> subscribe_selector(Call call);
Task<Result<Response>> unsubscribe_selector(Call call);

// pushing.cpp
Task<Result<Response>> push_service(Call call);
Task<Result<Response>> rollback_service(Call call);

// revisions.cpp
Task<Result<Response>> list_revisions(Call call);
Task<Result<Response>> get_revision(Call call);
Task<Result<Response>> diff_service(Call call);

// programs.cpp
Result<Response> list_programs(const Call& call);
Result<Response> get_program(const Call& call);
Result<Response> list_processes(const Call& call);
Task<Result<Response>> put_program(Call call);
Task<Result<Response>> patch_program(Call call);
Task<Result<Response>> delete_program(Call call);

// program_verbs.cpp
Task<Result<Response>> start_program(Call call);
Task<Result<Response>> stop_program(Call call);
Task<Result<Response>> restart_program(Call call);
Task<Result<Response>> signal_program(Call call);

// program_log.cpp
Task<Result<Response>> read_program_log(Call call);

// operations.cpp
Result<Response> list_operations(const Call& call);
Result<Response> get_operation(const Call& call);
Task<Result<Response>> cancel_operation(Call call);

// nodes.cpp
Result<Response> list_nodes(const Call& call);
Result<Response> get_node(const Call& call);
Task<Result<Response>> get_node_live(Call call);
Task<Result<Response>> patch_node(Call call);
Task<Result<Response>> delete_node(Call call);

// tokens.cpp
Result<Response> list_tokens(const Call& call);
Task<Result<Response>> create_token(Call call);
Task<Result<Response>> delete_token(Call call);

// join_tokens.cpp
Result<Response> list_join_tokens(const Call& call);
Task<Result<Response>> create_join_token(Call call);
Task<Result<Response>> delete_join_token(Call call);

// ca.cpp
Result<Response> get_ca(const Call& call);
Task<Result<Response>> rotate_ca(Call call);
Task<Result<Response>> finish_ca(Call call);

// backup.cpp
Task<Result<Response>> take_backup(Call call);

// hold.cpp
Result<Response> get_hold(const Call& call);
Result<Response> list_hold_differences(const Call& call);
Task<Result<Response>> resume_pushing(Call call);

// audit.cpp, notices.cpp, events.cpp
Result<Response> list_audit(const Call& call);
Result<Response> list_notices(const Call& call);
Task<Result<Response>> read_notices(Call call);
Result<Response> stream_events(const Call& call);

// status.cpp
Result<Response> get_health(const Call& call);
Result<Response> get_whoami(const Call& call);
Task<Result<Response>> get_status(Call call);

// openapi.cpp
Result<Response> get_openapi(const Call& call);

}  // namespace reeve::manager::api
