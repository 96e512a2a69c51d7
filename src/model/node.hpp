// A node: a machine with an agent, as enrolled and as seen.
#pragma once

#include "base/time.hpp"
#include "json/codec.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace reeve::model {

enum class NodeState { up, down, never_seen };
BOOST_DESCRIBE_ENUM(NodeState, up, down, never_seen)

/// What enrolment decided. Its key is the certificate's: who shows another is not this node.
struct StoredNode {
  std::string uid;
  std::string name;
  std::string machine_id;
  std::map<std::string, std::string> labels;
  std::string key_fingerprint;  // SHA-256 of the public key, hex
  std::uint64_t revision = 0;
  WallTime enrolled{};
  std::optional<WallTime> leaving;  // since when it is being removed: it gets nothing any more
  json::Object unknown;
};
BOOST_DESCRIBE_STRUCT(StoredNode, (),
                      (uid, name, machine_id, labels, key_fingerprint, revision, enrolled, leaving))

/// A node that was removed before its agent said that it has nothing to do any more. Forgotten when
/// the agent has been told.
struct RemovedNode {
  std::string uid;
  std::string name;
  std::string key_fingerprint;        // who has it is the one to be told
  std::vector<std::string> services;  // whose lists it had
  WallTime removed{};
  std::string by;
  json::Object unknown;
};
BOOST_DESCRIBE_STRUCT(RemovedNode, (), (uid, name, key_fingerprint, services, removed, by))

/// A key that was a node's and is enrolled no more.
struct RemovedKey {
  std::string fingerprint;
  std::string node;  // its name then
  WallTime removed{};
  json::Object unknown;
};
BOOST_DESCRIBE_STRUCT(RemovedKey, (), (fingerprint, node, removed))

/// What the API shows.
struct Node {
  std::string uid;
  std::string name;
  std::string machine_id;
  std::map<std::string, std::string> labels;
  NodeState state = NodeState::never_seen;
  std::optional<std::string> address;  // where its agent last connected from
  std::optional<std::string> agent_version;
  std::optional<WallTime> last_seen;
  std::optional<std::uint64_t> applied_version;  // of its spec, in the agent's own word
  std::optional<Duration>
      clock_offset;  // how far its clock is ahead of the manager's, if it is off
  std::uint64_t revision = 0;
  WallTime enrolled{};
  std::optional<WallTime> leaving;  // since when it is being removed
};
BOOST_DESCRIBE_STRUCT(Node, (),
                      (uid, name, machine_id, labels, state, address, agent_version, last_seen,
                       applied_version, clock_offset, revision, enrolled, leaving))

struct NodeRequest {
  std::map<std::string, std::string> labels;
};
BOOST_DESCRIBE_STRUCT(NodeRequest, (), (labels))

constexpr auto rules(const NodeRequest*) {
  return std::array{json::field("labels").items(0, 64).length(0, 256)};
}
void validate(const NodeRequest& request, json::Faults& faults, const json::Path& path);

}  // namespace reeve::model
