#include "manager/api/routes.hpp"

#include "base/check.hpp"
#include "manager/api/handlers.hpp"

#include <algorithm>
#include <array>

namespace reeve::manager::api {
namespace {

constexpr auto kAnyone = Permission::anyone;
constexpr auto kViewer = Permission::viewer;
constexpr auto kOperator = Permission::operator_;
constexpr auto kAdministrator = Permission::administrator;

constexpr std::size_t kServiceBody = std::size_t{4} << 20;
constexpr std::size_t kPushBody = std::size_t{1} << 20;
constexpr std::size_t kProgramBody = std::size_t{512} * 1024;
constexpr std::size_t kSmallBody = std::size_t{64} * 1024;

constexpr std::string_view kPaging = "q limit cursor";

const std::array kRoutes{
    RouteSpec{"GET /healthz", kAnyone, FromSnapshot{get_health}, "Whether the manager answers", "",
              200, Shape::object, "HealthAnswer"},
    RouteSpec{"GET /api/openapi.json", kAnyone, FromSnapshot{get_openapi}, "This description", "",
              200, Shape::object, ""},
    RouteSpec{"GET /api/v1/whoami", kViewer, FromSnapshot{get_whoami}, "Whose token this is", "",
              200, Shape::object, "WhoAmI"},
    RouteSpec{"GET /api/v1/status", kViewer, get_status, "The installation in figures", "", 200,
              Shape::object, "Status"},
    RouteSpec{"GET /api/v1/events", kViewer, OnDomain{stream_events},
              "What changes, as server-sent events; Last-Event-ID resumes", "", 200, Shape::events,
              "EventData", "since"},

    RouteSpec{"GET /api/v1/services", kViewer, FromSnapshot{list_services},
              "Services, each as GET of one shows it; a page ends early after some megabytes", "",
              200, Shape::list, "Service", "q limit cursor set"},
    RouteSpec{"GET /api/v1/services/{service}", kViewer, FromSnapshot{get_service}, "One service",
              "", 200, Shape::object, "Service"},
    RouteSpec{"PUT /api/v1/services/{service}", kOperator, put_service,
              "Create a service, or replace it but for the instances that others brought in; "
              "subscriptions, and how it is pushed, stay where nothing is said of them; 201 where "
              "it is new",
              "ServiceRequest", 200, Shape::object, "Service", "force", kServiceBody},
    RouteSpec{"PATCH /api/v1/services/{service}", kOperator, patch_service,
              "Merge into a service (RFC 7396)", "ServiceRequest", 200, Shape::object, "Service",
              "force", kServiceBody},
    RouteSpec{"DELETE /api/v1/services/{service}", kOperator, delete_service,
              "Remove a service; with cascade from its subscribers too", "", 204, Shape::none,
              "DeletePreview", "cascade dry_run"},
    RouteSpec{"POST /api/v1/services/{service}/push", kOperator, push_service,
              "Push a revision to some subscribers or all, and watch until it is on their disks",
              "PushRequest", 202, Shape::object, "OperationAnswer", "force", kPushBody},
    RouteSpec{"POST /api/v1/services/{service}/rollback", kOperator, rollback_service,
              "Push an older revision; of a service that pushes by itself until its next edit",
              "RollbackRequest", 202, Shape::object, "OperationAnswer", "force", kPushBody},
    RouteSpec{"GET /api/v1/services/{service}/revisions", kViewer, list_revisions,
              "The revisions that are kept, newest first", "", 200, Shape::list, "RevisionItem",
              kPaging},
    RouteSpec{"GET /api/v1/services/{service}/revisions/{revision}", kViewer, get_revision,
              "One revision, without live state", "", 200, Shape::object, "RevisionContent"},
    RouteSpec{"GET /api/v1/services/{service}/diff", kViewer, diff_service,
              "What a push would change: from what was pushed to all, or what is on a node's disk, "
              "to the newest revision, or as asked",
              "", 200, Shape::object, "RevisionDiff", "from to node"},

    RouteSpec{"GET /api/v1/services/{service}/instances", kViewer, FromSnapshot{list_instances},
              "The instances of a service, by address", "", 200, Shape::list, "Instance", kPaging},
    RouteSpec{"GET /api/v1/services/{service}/instances/{instance}", kViewer,
              FromSnapshot{get_instance}, "One instance, by its ip:port", "", 200, Shape::object,
              "Instance"},
    RouteSpec{"PUT /api/v1/services/{service}/instances/{instance}", kOperator, put_instance,
              "Add or replace one instance; 201 where it is new", "InstanceRequest", 200,
              Shape::object, "Instance", "force", kSmallBody},
    RouteSpec{"PATCH /api/v1/services/{service}/instances/{instance}", kOperator, patch_instance,
              "Merge into one instance; status alone raises no revision", "InstanceRequest", 200,
              Shape::object, "Instance", "force", kSmallBody},
    RouteSpec{"DELETE /api/v1/services/{service}/instances/{instance}", kOperator, delete_instance,
              "Remove one instance", "", 204, Shape::none, "", "force"},

    RouteSpec{"GET /api/v1/services/{service}/subscribers", kViewer, OnDomain{list_subscribers},
              "The nodes that get a service's list, and what their agents say is there", "", 200,
              Shape::list, "Subscriber", kPaging},
    RouteSpec{"GET /api/v1/services/{service}/subscribers/{node}", kViewer,
              OnDomain{get_subscriber}, "One subscriber", "", 200, Shape::object, "Subscriber"},
    RouteSpec{"PUT /api/v1/services/{service}/subscribers/{node}", kOperator, put_subscriber,
              "Add or replace the entry of one node; 201 where it is new", "SubscriberRequest", 200,
              Shape::object, "Subscriber", "", kSmallBody},
    RouteSpec{"DELETE /api/v1/services/{service}/subscribers/{node}", kOperator, delete_subscriber,
              "Remove the entry of one node; its file stays, or with remove_file goes as soon as "
              "the node is there: it is unconfirmed until then",
              "", 204, Shape::none, "SubscriberRemoval", "remove_file"},
    RouteSpec{"POST /api/v1/services/{service}/subscribe", kOperator, subscribe_selector,
              "Add or replace the entry of one selector, whatever others do to the rest",
              "SelectorRequest", 200, Shape::object, "Service", "", kSmallBody},
    RouteSpec{"POST /api/v1/services/{service}/unsubscribe", kOperator, unsubscribe_selector,
              "Remove the entry of one selector; files stay", "SelectorChoice", 200, Shape::object,
              "Service", "", kSmallBody},

    RouteSpec{"GET /api/v1/nodes", kViewer, OnDomain{list_nodes}, "Nodes, as enrolled and as seen",
              "", 200, Shape::list, "Node", kPaging},
    RouteSpec{"GET /api/v1/nodes/{node}", kViewer, OnDomain{get_node}, "One node", "", 200,
              Shape::object, "Node"},
    RouteSpec{"GET /api/v1/nodes/{node}/live", kAdministrator, get_node_live,
              "What the node's agent says of itself now: it is asked, and has 5 s to answer", "",
              200, Shape::object, "AgentStatus"},
    RouteSpec{"PATCH /api/v1/nodes/{node}", kOperator, patch_node, "Change a node's labels",
              "NodeRequest", 200, Shape::object, "Node", "", kSmallBody},
    RouteSpec{
        "DELETE /api/v1/nodes/{node}", kAdministrator, delete_node,
        "Remove a node: all work is taken from it, its agent has 20 s to confirm that, then its "
        "key is shut out. Who has not confirmed stays in the status as unconfirmed until he "
        "has been told; force does not wait, and of a node that is removed forgets that",
        "", 200, Shape::object, "NodeRemoval", "cascade dry_run force"},

    RouteSpec{"GET /api/v1/programs", kViewer, OnDomain{list_programs},
              "Programs, and how their processes fare", "", 200, Shape::list, "Program",
              "q limit cursor set"},
    RouteSpec{"GET /api/v1/programs/{program}", kViewer, OnDomain{get_program}, "One program", "",
              200, Shape::object, "Program"},
    RouteSpec{"PUT /api/v1/programs/{program}", kOperator, put_program,
              "Create a program, or replace it; its processes take that at their next start; 201 "
              "where it is new",
              "ProgramRequest", 200, Shape::object, "Program", "", kProgramBody},
    RouteSpec{"PATCH /api/v1/programs/{program}", kOperator, patch_program,
              "Merge into a program (RFC 7396)", "ProgramRequest", 200, Shape::object, "Program",
              "", kProgramBody},
    RouteSpec{"DELETE /api/v1/programs/{program}", kOperator, delete_program,
              "Remove a program; with cascade from the nodes that run it, whose processes are "
              "stopped",
              "", 204, Shape::none, "DeletePreview", "cascade dry_run"},
    RouteSpec{"POST /api/v1/programs/{program}/start", kOperator, start_program,
              "Start its processes; they are no longer stopped after a reboot either",
              "VerbRequest", 202, Shape::object, "OperationAnswer", "", kProgramBody},
    RouteSpec{"POST /api/v1/programs/{program}/stop", kOperator, stop_program,
              "Stop its processes, which stay so until somebody starts them, over reboots too",
              "VerbRequest", 202, Shape::object, "OperationAnswer", "", kProgramBody},
    RouteSpec{"POST /api/v1/programs/{program}/restart", kOperator, restart_program,
              "Stop and start its processes, all at once; they take up the newest definition",
              "VerbRequest", 202, Shape::object, "OperationAnswer", "", kProgramBody},
    RouteSpec{"POST /api/v1/programs/{program}/signal", kOperator, signal_program,
              "Send its processes a signal", "SignalRequest", 202, Shape::object, "OperationAnswer",
              "", kProgramBody},
    RouteSpec{"GET /api/v1/programs/{program}/processes", kViewer, OnDomain{list_processes},
              "Its processes on all nodes, as their agents see them", "", 200, Shape::list,
              "Process", kPaging},
    RouteSpec{"GET /api/v1/programs/{program}/processes/{node}/{process}/log", kViewer,
              read_program_log,
              "What a process has written, over rotations, byte by byte as it lies on its node", "",
              200, Shape::text, "", "stream tail log.since follow timestamps"},

    RouteSpec{"GET /api/v1/operations", kViewer, OnDomain{list_operations},
              "Long work, newest first", "", 200, Shape::list, "Operation", kPaging},
    RouteSpec{"GET /api/v1/operations/{operation}", kViewer, OnDomain{get_operation},
              "One operation", "", 200, Shape::object, "OperationAnswer"},
    RouteSpec{"DELETE /api/v1/operations/{operation}", kOperator, cancel_operation,
              "Cancel an operation that runs", "", 200, Shape::object, "OperationAnswer"},

    RouteSpec{"GET /api/v1/notices", kViewer, FromSnapshot{list_notices},
              "What Reeve wants people to know, newest first; which of it the caller has read", "",
              200, Shape::list, "NoticeView", "q limit cursor unread"},
    RouteSpec{"POST /api/v1/notices/read", kViewer, read_notices,
              "Mark notices as read by the caller: those named, those up to one, or all",
              "ReadRequest", 204, Shape::none, "", "", kSmallBody},
    RouteSpec{"GET /api/v1/audit", kAdministrator, FromSnapshot{list_audit},
              "Who changed what, newest first", "", 200, Shape::list, "AuditEntry",
              "q limit cursor object who after"},

    RouteSpec{"GET /api/v1/tokens", kAdministrator, FromSnapshot{list_tokens}, "API tokens", "",
              200, Shape::list, "Token", kPaging},
    RouteSpec{"POST /api/v1/tokens", kAdministrator, create_token,
              "Make an API token; its secret is shown this once", "TokenRequest", 201,
              Shape::object, "TokenSecret", "", kSmallBody},
    RouteSpec{"DELETE /api/v1/tokens/{token}", kAdministrator, delete_token,
              "Revoke an API token, by uid or name", "", 204, Shape::none},

    RouteSpec{"GET /api/v1/join-tokens", kAdministrator, FromSnapshot{list_join_tokens},
              "Join tokens", "", 200, Shape::list, "JoinToken", kPaging},
    RouteSpec{"POST /api/v1/join-tokens", kAdministrator, create_join_token,
              "Make a token for `reeve agent --join`; it is shown this once", "JoinTokenRequest",
              201, Shape::object, "JoinTokenSecret", "", kSmallBody},
    RouteSpec{"DELETE /api/v1/join-tokens/{token}", kAdministrator, delete_join_token,
              "Revoke a join token", "", 204, Shape::none},

    RouteSpec{"GET /api/v1/ca", kAdministrator, OnDomain{get_ca},
              "The certificate authority, and who waits while it is changed", "", 200,
              Shape::object, "CaStatus"},
    RouteSpec{"POST /api/v1/ca/rotate", kAdministrator, rotate_ca,
              "Make the next certificate authority and give it to the nodes", "", 200,
              Shape::object, "CaStatus"},
    RouteSpec{"POST /api/v1/ca/finish", kAdministrator, finish_ca,
              "Retire the old certificate authority; with force also if nodes are left behind", "",
              200, Shape::object, "CaStatus", "force"},

    RouteSpec{"POST /api/v1/backup", kAdministrator, take_backup,
              "A backup of everything, with the key of the certificate authority: what `reeve "
              "backup` writes into a file",
              "", 200, Shape::bytes, ""},
    RouteSpec{"GET /api/v1/hold", kViewer, OnDomain{get_hold},
              "Whether nothing is pushed because the store may be old, and what to look at then",
              "", 200, Shape::object, "HoldStatus"},
    RouteSpec{"GET /api/v1/hold/differences", kViewer, OnDomain{list_hold_differences},
              "What nodes have otherwise than would be pushed to them", "", 200, Shape::list,
              "HoldDifference", kPaging},
    RouteSpec{"POST /api/v1/resume", kAdministrator, resume_pushing,
              "Release the hold: raises the epoch, and pushes what the store says", "", 200,
              Shape::object, "ResumeAnswer"},
};

constexpr std::array kParameters{
    ParameterSpec{"q", "string", "words that must all stand in the item, whatever their case"},
    ParameterSpec{"limit", "integer", "items a page at most, 1 to 1000; 100 if not given"},
    ParameterSpec{"cursor", "string", "the \"next\" of the page before"},
    ParameterSpec{"unread", "boolean", "only what the caller has not read"},
    ParameterSpec{"who", "string", "entries of this actor alone: the name of a token"},
    ParameterSpec{"after", "string", "entries from this moment on: 2026-11-23T05:00:00Z"},
    ParameterSpec{"object", "string", "entries about this object alone: service/pay"},
    ParameterSpec{
        "force", "boolean",
        "even if no eligible instance is left, or nodes are left behind or not waited for"},
    ParameterSpec{"cascade", "boolean", "from those who use it too"},
    ParameterSpec{"dry_run", "boolean", "show who uses it, and change nothing"},
    ParameterSpec{"remove_file", "boolean",
                  "the node removes the file too, if it is as Reeve wrote it"},
    ParameterSpec{"set", "string", "only those that belong to these manifests"},
    ParameterSpec{"from", "integer", "the revision that is there; default: pushed to all"},
    ParameterSpec{"to", "integer", "the revision to be pushed; default: the newest"},
    ParameterSpec{"node", "string", "a subscriber, whose disk says what is there"},
    ParameterSpec{"since", "integer", "tell what came after this revision first"},
    ParameterSpec{"stream", "string", "stdout (if not given) or stderr"},
    ParameterSpec{"tail", "integer", "the last lines alone; all that is kept if not given"},
    ParameterSpec{"log.since", "string",
                  "what came at this time (RFC 3339) or later, or in so long: 10m"},
    ParameterSpec{"follow", "boolean", "go on with what comes"},
    ParameterSpec{"timestamps", "boolean", "put before each line when it came"},
};

}  // namespace

std::span<const RouteSpec> routes() { return kRoutes; }

const ParameterSpec& parameter(std::string_view name) {
  auto found = std::ranges::find(kParameters, name, &ParameterSpec::name);
  CHECK(found != kParameters.end());
  return *found;
}

}  // namespace reeve::manager::api
