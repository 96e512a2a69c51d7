// What the API takes and shows beyond the nouns of model/.
#pragma once

#include "model/access.hpp"
#include "model/instance.hpp"
#include "model/manager_hold.hpp"
#include "model/node.hpp"
#include "model/record.hpp"
#include "model/subscriber.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace reeve::manager::api {

/// Numbers of JSON are exact up to here.
inline constexpr std::int64_t kMostRevision = (std::int64_t{1} << 53) - 1;

struct PushRequest {
  std::optional<std::vector<std::string>> nodes;  // all subscribers if not given
  std::optional<std::uint64_t> revision;
  bool force = false;
};
BOOST_DESCRIBE_STRUCT(PushRequest, (), (nodes, revision, force))

constexpr auto rules(const PushRequest*) {
  return std::array{json::field("nodes").items(1, 10'000).text("subscribers; all if not given"),
                    json::field("revision").text("the newest, which is the default"),
                    json::field("force").text("push a list without an eligible instance too")};
}

/// Pushes an older revision.
struct RollbackRequest {
  std::uint64_t revision = 0;
  std::optional<std::vector<std::string>> nodes;  // all subscribers if not given
  bool force = false;
};
BOOST_DESCRIBE_STRUCT(RollbackRequest, (), (revision, nodes, force))

constexpr auto rules(const RollbackRequest*) {
  return std::array{json::field("revision").required().range(1, kMostRevision),
                    json::field("nodes").items(1, 10'000).text("subscribers; all if not given"),
                    json::field("force").text("push a list without an eligible instance too")};
}

/// A kept revision of a service in a line.
struct RevisionItem {
  std::uint64_t revision = 0;
  std::optional<WallTime> at;  // not known of those that older managers made
  std::string by;
  std::string description;
  std::uint64_t instances = 0;
  bool pushed_to_all = false;
  std::vector<std::string> nodes;  // those that have it by a push of their own
};
BOOST_DESCRIBE_STRUCT(RevisionItem, (),
                      (revision, at, by, description, instances, pushed_to_all, nodes))

struct RevisionContent {
  std::string service;
  std::uint64_t revision = 0;
  std::optional<WallTime> at;
  std::string by;
  std::string description;
  std::vector<model::InstanceSpec> instances;
};
BOOST_DESCRIBE_STRUCT(RevisionContent, (), (service, revision, at, by, description, instances))

struct TextChange {
  std::string before;
  std::string after;
};
BOOST_DESCRIBE_STRUCT(TextChange, (), (before, after))

struct InstanceChange {
  std::string instance;  // "10.0.0.1:80"
  model::InstanceSpec before;
  model::InstanceSpec after;
};
BOOST_DESCRIBE_STRUCT(InstanceChange, (), (instance, before, after))

/// What a push of revision `to` would change where `from` is.
struct RevisionDiff {
  std::string service;
  std::optional<std::string> node;    // whose disk has `from`
  std::optional<std::uint64_t> from;  // not given: there is nothing yet
  std::uint64_t to = 0;
  bool same = false;
  std::optional<TextChange> description;
  std::vector<model::InstanceSpec> added;
  std::vector<model::InstanceSpec> removed;
  std::vector<InstanceChange> changed;
};
BOOST_DESCRIBE_STRUCT(RevisionDiff, (),
                      (service, node, from, to, same, description, added, removed, changed))

/// A notice as its reader sees it.
struct NoticeView : model::Notice {
  bool read = false;
};
BOOST_DESCRIBE_STRUCT(NoticeView, (model::Notice), (read))

/// Which notices the caller has read: those named, or all up to one; all there are if neither is
/// given.
struct ReadRequest {
  std::optional<std::vector<std::string>> notices;
  std::optional<std::string> upto;
};
BOOST_DESCRIBE_STRUCT(ReadRequest, (), (notices, upto))

constexpr auto rules(const ReadRequest*) {
  return std::array{json::field("notices").items(1, 1000).text("uids of notices"),
                    json::field("upto").text("the uid of the newest notice that is read")};
}

/// `Operation` as every answer about one carries it.
struct OperationAnswer {
  model::Operation operation;
};
BOOST_DESCRIBE_STRUCT(OperationAnswer, (), (operation))

/// What stands in the way of a deletion; `?dry_run=true` shows it and changes nothing.
struct DeletePreview {
  std::string object;                // "service/pay"
  std::vector<std::string> used_by;  // names of subscribers, or of services
};
BOOST_DESCRIBE_STRUCT(DeletePreview, (), (object, used_by))

/// What the removal of a node means, or has meant.
struct NodeRemoval {
  std::string object;                 // "node/web-1"
  std::vector<std::string> used_by;   // services whose subscriptions name it: they need cascade
  std::vector<std::string> services;  // whose lists are taken from it
  model::NodeState state = model::NodeState::never_seen;
  /// The node, if its agent has not said that it has nothing to do any more, or, before the
  /// removal, cannot be asked.
  std::vector<std::string> unconfirmed;
};
BOOST_DESCRIBE_STRUCT(NodeRemoval, (), (object, used_by, services, state, unconfirmed))

/// What was taken from a node whose agent has not confirmed it.
struct Unconfirmed {
  std::string node;
  std::string object;  // "node/web-1": it was removed; "service/pay": the list's files
  std::vector<std::string> services;  // whose lists it had
  std::optional<WallTime> since;
};
BOOST_DESCRIBE_STRUCT(Unconfirmed, (), (node, object, services, since))

struct SubscriberRemoval {
  std::vector<std::string> unconfirmed;  // the node, if its agent has not removed the file yet
};
BOOST_DESCRIBE_STRUCT(SubscriberRemoval, (), (unconfirmed))

struct WhoAmI {
  std::string name;
  model::Role role = model::Role::viewer;
  std::string token;  // its uid
  std::optional<WallTime> expires;
};
BOOST_DESCRIBE_STRUCT(WhoAmI, (), (name, role, token, expires))

struct NodeCounts {
  std::uint64_t total = 0, up = 0, down = 0, never_seen = 0;
};
BOOST_DESCRIBE_STRUCT(NodeCounts, (), (total, up, down, never_seen))

struct SubscriberCounts {
  std::uint64_t total = 0, current = 0, pending = 0, failed = 0, down = 0, waiting = 0;
};
BOOST_DESCRIBE_STRUCT(SubscriberCounts, (), (total, current, pending, failed, down, waiting))

struct ClusterMark {
  std::string id;
  std::uint64_t epoch = 0;
};
BOOST_DESCRIBE_STRUCT(ClusterMark, (), (id, epoch))

/// Why nothing is pushed.
struct HoldMark {
  model::HoldReason reason = model::HoldReason::restored;
  WallTime since{};
  std::string why;
  std::optional<WallTime> taken;  // when the backup was, if the store is one
};
BOOST_DESCRIBE_STRUCT(HoldMark, (), (reason, since, why, taken))
inline HoldMark hold_mark(const model::ManagerHold& hold) {
  return {hold.reason, hold.since, hold.why, hold.taken};
}

/// A node with a certificate of this cluster that the store does not know.
struct StrangeNode {
  std::string uid;
  std::string address;
  WallTime last_seen{};
};
BOOST_DESCRIBE_STRUCT(StrangeNode, (), (uid, address, last_seen))

/// What to look at before resuming. Of each kind the first hundred are named.
struct HoldStatus {
  bool is_on = false;
  std::optional<HoldMark> mark;
  std::uint64_t differences = 0;  // lists that nodes have otherwise than they would be pushed
  std::vector<StrangeNode> unknown;
  std::uint64_t missing_count = 0;  // nodes of the store that are not up
  std::vector<std::string> missing;
  std::vector<std::string> tokens;       // names of API tokens that are good
  std::vector<std::string> join_tokens;  // uids of join tokens that are good
};
BOOST_DESCRIBE_STRUCT(HoldStatus, (),
                      (is_on, mark, differences, unknown, missing_count, missing, tokens,
                       join_tokens))

/// One list of one node: what is there, and what would be pushed.
struct HoldDifference {
  std::string node;
  std::string service;  // "" if the store does not know it
  std::string service_uid;
  std::optional<model::ListMark> has;
  std::optional<model::ListMark> would_get;
};
BOOST_DESCRIBE_STRUCT(HoldDifference, (), (node, service, service_uid, has, would_get))

struct ResumeAnswer {
  std::uint64_t epoch = 0;
};
BOOST_DESCRIBE_STRUCT(ResumeAnswer, (), (epoch))

/// A node that is not up.
struct MissingNode {
  std::string name;
  model::NodeState state = model::NodeState::never_seen;
};
BOOST_DESCRIBE_STRUCT(MissingNode, (), (name, state))

/// A subscriber that did not take a list.
struct Trouble {
  std::string service;
  std::string node;
  std::string error;
};
BOOST_DESCRIBE_STRUCT(Trouble, (), (service, node, error))

/// A service that is pushed by hand, whose newest revision nobody has pushed to all.
struct Unpushed {
  std::string service;
  std::uint64_t revision = 0;
  std::optional<std::uint64_t> pushed;  // to all; not given: none yet
};
BOOST_DESCRIBE_STRUCT(Unpushed, (), (service, revision, pushed))

struct Status {
  std::string version;  // of the manager
  ClusterMark cluster;
  std::uint64_t revision = 0;  // of the store
  std::uint64_t services = 0;
  std::uint64_t instances = 0;
  NodeCounts nodes;
  SubscriberCounts subscribers;
  WallTime started{};
  Duration uptime{};
  std::optional<HoldMark> hold;  // while nothing is pushed
  std::uint64_t unconfirmed_count = 0;
  std::vector<Unconfirmed> unconfirmed;  // the first hundred
  std::uint64_t unread_notices = 0;      // that the caller has not read
  std::vector<MissingNode> missing;      // the first hundred
  std::vector<Trouble> troubles;         // the first hundred, those that failed before others
  std::uint64_t unpushed_count = 0;
  std::vector<Unpushed> unpushed;  // the first hundred
};
BOOST_DESCRIBE_STRUCT(Status, (),
                      (version, cluster, revision, services, instances, nodes, subscribers, started,
                       uptime, hold, unconfirmed_count, unconfirmed, unread_notices, missing,
                       troubles, unpushed_count, unpushed))

struct HealthAnswer {
  std::string status = "ok";
};
BOOST_DESCRIBE_STRUCT(HealthAnswer, (), (status))

/// The data of an event.
struct EventData {
  std::string kind;    // service, node, subscriber, program, process, operation, notice
  std::string name;    // "pay"; of a subscriber or the processes on a node "pay/web-1"
  std::string uid;     // of a subscriber the service's, of processes the program's
  std::string change;  // put, delete, or state: what is seen of it
  std::uint64_t revision = 0;
};
BOOST_DESCRIBE_STRUCT(EventData, (), (kind, name, uid, change, revision))

// The shape of errors, for the API's description; net::error_response writes it.
struct FaultBody {
  std::string code;
  std::string message;
  std::optional<std::string> field;
};
BOOST_DESCRIBE_STRUCT(FaultBody, (), (code, message, field))
struct ErrorBody {
  std::string code;
  std::string message;
  std::optional<std::string> field;
  std::vector<FaultBody> faults;
};
BOOST_DESCRIBE_STRUCT(ErrorBody, (), (code, message, field, faults))
struct ErrorAnswer {
  ErrorBody error;
};
BOOST_DESCRIBE_STRUCT(ErrorAnswer, (), (error))

}  // namespace reeve::manager::api
