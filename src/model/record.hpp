// What is written down about the doings of people and of Reeve itself: audit entries, operations,
// notices.
#pragma once

#include "base/time.hpp"
#include "json/codec.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace reeve::model {

/// One change, or one refused attempt. `before` and `after` show the fields that differ.
struct AuditEntry {
  std::string uid;  // rises with time
  WallTime at{};
  std::string who;   // a token's or user's name; "" if unknown
  std::string from;  // address
  std::string request_id;
  std::string action;  // "service.put", "node.join"
  std::string object;  // kind/name, "service/pay"
  bool refused = false;
  std::string why;  // of a refusal
  json::Value before;
  json::Value after;
  json::Object unknown;
};
BOOST_DESCRIBE_STRUCT(AuditEntry, (),
                      (uid, at, who, from, request_id, action, object, refused, why, before, after))

enum class OperationState { running, done, failed, cancelled };
BOOST_DESCRIBE_ENUM(OperationState, running, done, failed, cancelled)

struct TargetResult {
  std::string target;  // a node's name
  OperationState state = OperationState::running;
  std::optional<std::string> error;
};
BOOST_DESCRIBE_STRUCT(TargetResult, (), (target, state, error))

/// Long work on several targets.
struct Operation {
  std::string uid;
  std::string kind;                         // "push", "rollback"
  std::string object;                       // "service/pay"
  std::optional<std::uint64_t> revision{};  // of a push: what its targets shall have
  OperationState state = OperationState::running;
  std::uint32_t total = 0;
  std::uint32_t done = 0;
  std::uint32_t failed = 0;
  std::vector<TargetResult> results;
  std::string by;
  std::string request_id;
  WallTime started{};
  std::optional<WallTime> ended;
  json::Object unknown;
};
BOOST_DESCRIBE_STRUCT(Operation, (),
                      (uid, kind, object, revision, state, total, done, failed, results, by,
                       request_id, started, ended))

enum class NoticeLevel { notice, warning, error };
BOOST_DESCRIBE_ENUM(NoticeLevel, notice, warning, error)

struct Notice {
  std::string uid;  // rises with time
  WallTime at{};
  NoticeLevel level = NoticeLevel::notice;
  std::string kind;  // "list.protected"
  std::string title;
  std::string text;
  std::string link;
  json::Object unknown;
};
BOOST_DESCRIBE_STRUCT(Notice, (), (uid, at, level, kind, title, text, link))

/// Which notices one reader has read: all up to a uid, and some of those after it.
struct ReadMarks {
  std::string upto;                  // "" for none
  std::vector<std::string> notices;  // uids, rising
  json::Object unknown;
};
BOOST_DESCRIBE_STRUCT(ReadMarks, (), (upto, notices))

/// The one document about the whole installation. Lists carry (id, epoch, version).
struct Cluster {
  std::string id;
  std::uint64_t epoch = 1;
  WallTime created{};
  json::Object unknown;
};
BOOST_DESCRIBE_STRUCT(Cluster, (), (id, epoch, created))

}  // namespace reeve::model
