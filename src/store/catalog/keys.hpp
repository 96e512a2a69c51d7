// Where each noun lives in the store. Keys start /reeve/<format>/<namespace>/; names are folded, so
// that two commits which create the same name meet on one key.
#pragma once

#include <fmt/core.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace reeve::store::keys {

inline constexpr std::string_view kRoot = "/reeve/1/default/";
inline constexpr std::string_view kCluster = "/reeve/1/default/cluster";

/// Only while nothing is pushed: model::ManagerHold.
inline constexpr std::string_view kHold = "/reeve/1/default/hold";

inline constexpr std::string_view kServices = "/reeve/1/default/services/";
inline constexpr std::string_view kContents = "/reeve/1/default/contents/";
inline constexpr std::string_view kLives = "/reeve/1/default/lives/";
inline constexpr std::string_view kPushes = "/reeve/1/default/pushes/";
inline constexpr std::string_view kSubscriptions = "/reeve/1/default/subscriptions/";
inline constexpr std::string_view kPrograms = "/reeve/1/default/programs/";
inline constexpr std::string_view kNodes = "/reeve/1/default/nodes/";
inline constexpr std::string_view kRemovedNodes = "/reeve/1/default/removed-nodes/";
inline constexpr std::string_view kRemovedKeys = "/reeve/1/default/removed-keys/";
inline constexpr std::string_view kTokens = "/reeve/1/default/tokens/";
inline constexpr std::string_view kJoinTokens = "/reeve/1/default/join-tokens/";
inline constexpr std::string_view kOperations = "/reeve/1/default/operations/";
inline constexpr std::string_view kNotices = "/reeve/1/default/notices/";
inline constexpr std::string_view kReadMarks = "/reeve/1/default/read-marks/";
inline constexpr std::string_view kAudit = "/reeve/1/default/audit/";

/// The head of a service: model::StoredService.
inline std::string service(std::string_view folded_name) {
  return fmt::format("{}{}", kServices, folded_name);
}
/// The instances of one revision: model::StoredContent, written once.
inline std::string content(std::string_view service_uid, std::uint64_t revision) {
  return fmt::format("{}{}/{:010}", kContents, service_uid, revision);
}
/// model::StoredLive
inline std::string live(std::string_view service_uid) {
  return fmt::format("{}{}", kLives, service_uid);
}
/// model::StoredPush
inline std::string push(std::string_view service_uid, std::string_view uid) {
  return fmt::format("{}{}/{}", kPushes, service_uid, uid);
}
/// model::StoredSubscriptions
inline std::string subscriptions(std::string_view service_uid) {
  return fmt::format("{}{}", kSubscriptions, service_uid);
}
/// model::StoredProgram
inline std::string program(std::string_view folded_name) {
  return fmt::format("{}{}", kPrograms, folded_name);
}
/// model::StoredNode
inline std::string node(std::string_view folded_name) {
  return fmt::format("{}{}", kNodes, folded_name);
}
/// model::RemovedNode, by uid
inline std::string removed_node(std::string_view uid) {
  return fmt::format("{}{}", kRemovedNodes, uid);
}
/// model::RemovedKey, by fingerprint
inline std::string removed_key(std::string_view fingerprint) {
  return fmt::format("{}{}", kRemovedKeys, fingerprint);
}
/// model::StoredToken, StoredJoinToken, Operation, Notice, AuditEntry: by uid
inline std::string token(std::string_view uid) { return fmt::format("{}{}", kTokens, uid); }
inline std::string join_token(std::string_view uid) {
  return fmt::format("{}{}", kJoinTokens, uid);
}
inline std::string operation(std::string_view uid) { return fmt::format("{}{}", kOperations, uid); }
inline std::string notice(std::string_view uid) { return fmt::format("{}{}", kNotices, uid); }
/// model::ReadMarks, by the uid of the reader's token
inline std::string read_marks(std::string_view reader) {
  return fmt::format("{}{}", kReadMarks, reader);
}
inline std::string audit(std::string_view uid) { return fmt::format("{}{}", kAudit, uid); }

}  // namespace reeve::store::keys
