// A service: its definition as stored, as shown, and as asked for.
#pragma once

#include "model/instance.hpp"
#include "model/subscription.hpp"

#include <cstdint>

namespace reeve::model {

inline constexpr std::size_t kMostInstances = 5000;

/// When an edit reaches the subscribers: at once, or when somebody pushes it.
enum class Push { auto_, manual };
BOOST_DESCRIBE_ENUM(Push, auto_, manual)

/// What an operator says about a service beside its instances.
struct ServiceSpec {
  std::string description;
  bool governance = false;
  Push push = Push::auto_;
  /// Of the manifests that are applied together: what is missing there may be pruned.
  std::optional<std::string> set{};

  bool operator==(const ServiceSpec&) const = default;
};
BOOST_DESCRIBE_STRUCT(ServiceSpec, (), (description, governance, push, set))

/// The stored head of a service. `revision` counts the edits of the object from 1; the instances of
/// revision n are stored beside it and never change.
struct StoredService : ServiceSpec {
  std::string uid;
  std::string name;
  bool kernel = false;
  bool had_eligible =
      false;  // an eligible instance stood here once: never push an empty list again
  std::uint64_t revision = 0;
  WallTime created{};
  WallTime modified{};
  json::Object unknown;
};
BOOST_DESCRIBE_STRUCT(StoredService, (ServiceSpec),
                      (uid, name, kernel, had_eligible, revision, created, modified))

/// One revision's content: what a push brings to the subscribers, and who made it when.
struct StoredContent {
  std::vector<InstanceSpec> instances;
  std::optional<std::string> description{};  // not given by older managers: the service's
  std::string by{};
  std::optional<WallTime> at{};
  json::Object unknown{};
};
BOOST_DESCRIBE_STRUCT(StoredContent, (), (instances, description, by, at))

/// A push by hand: the nodes named, or all, have this revision until a later push says otherwise.
/// One who subscribes later has what was last pushed to all.
struct StoredPush {
  std::string uid;
  std::uint64_t order = 0;  // rises with each push of the service
  std::uint64_t revision = 0;
  std::optional<std::vector<std::string>> nodes{};  // all if not given
  std::string by;
  WallTime at{};
  json::Object unknown;
};
BOOST_DESCRIBE_STRUCT(StoredPush, (), (uid, order, revision, nodes, by, at))

/// Live state: not part of a revision, raises none, never waits for a push.
struct InstanceHolds {
  std::string instance;  // InstanceSpec::id()
  std::vector<Hold> holds;

  bool operator==(const InstanceHolds&) const = default;
};
BOOST_DESCRIBE_STRUCT(InstanceHolds, (), (instance, holds))

struct StoredLive {
  std::vector<InstanceHolds> held;  // ordered by instance
  json::Object unknown;
};
BOOST_DESCRIBE_STRUCT(StoredLive, (), (held))

struct StoredSubscriptions {
  std::vector<Subscription> subscriptions;
  /// Who was a subscriber and shall remove the files, one node each with the outputs that it had,
  /// until its agent says that it has.
  std::vector<Subscription> leaving;
  json::Object unknown;
};
BOOST_DESCRIBE_STRUCT(StoredSubscriptions, (), (subscriptions, leaving))

/// What was last pushed to all.
struct PushedMark {
  std::uint64_t revision = 0;
  std::string by;
  WallTime at{};
};
BOOST_DESCRIBE_STRUCT(PushedMark, (), (revision, by, at))

/// What the API shows.
struct Service : ServiceSpec {
  std::string uid;
  std::string name;
  bool kernel = false;
  std::uint64_t revision = 0;
  std::uint64_t version = 0;  // the store revision that last changed what subscribers shall have
  /// Not given while nothing was pushed to all.
  std::optional<PushedMark> pushed{};
  WallTime created{};
  WallTime modified{};
  std::vector<Instance> instances;
  std::vector<Subscription> subscriptions;
};
BOOST_DESCRIBE_STRUCT(Service, (ServiceSpec),
                      (uid, name, kernel, revision, version, pushed, created, modified, instances,
                       subscriptions))

/// What PUT takes. Without `subscriptions` they stay as they are: they are edited on their own too.
struct ServiceRequest : ServiceSpec {
  std::optional<std::string> name;  // if given, the name in the path
  std::vector<InstanceRequest> instances;
  std::optional<std::vector<Subscription>> subscriptions;
  bool force = false;
  json::Value uid;
  json::Value kernel;
  json::Value revision;
  json::Value version;
  json::Value pushed;
  json::Value created;
  json::Value modified;
};
BOOST_DESCRIBE_STRUCT(ServiceRequest, (ServiceSpec),
                      (name, instances, subscriptions, force, uid, kernel, revision, version,
                       pushed, created, modified))

constexpr auto rules(const ServiceRequest*) {
  return std::array{
      json::field("name").pattern("^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$"),
      json::field("description").length(0, 4096),
      json::field("governance").text("health takes instances out and weighs them"),
      json::field("push").text(
          "auto: an edit reaches every subscriber at once; manual: when somebody pushes it"),
      json::field("set")
          .pattern("^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$")
          .text("the manifests it belongs to: what is missing there may be pruned"),
      json::field("instances").items(0, kMostInstances),
      json::field("subscriptions").items(0, 1000),
      json::field("force").text("store it even if it leaves no eligible instance"),
      json::field("uid").read_only(),
      json::field("kernel").read_only(),
      json::field("revision").read_only(),
      json::field("version").read_only(),
      json::field("pushed").read_only(),
      json::field("created").read_only(),
      json::field("modified").read_only(),
  };
}
void validate(const ServiceRequest& request, json::Faults& faults, const json::Path& path);

}  // namespace reeve::model
