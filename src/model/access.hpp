// Who may do what: roles, API tokens, join tokens. Secrets are shown once, at creation, and stored
// as SHA-256 (they are random, 256 bits: nothing to guess).
#pragma once

#include "base/time.hpp"
#include "json/codec.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace reeve::model {

/// Each may do what those before it may.
enum class Role { viewer, operator_, administrator };
BOOST_DESCRIBE_ENUM(Role, viewer, operator_, administrator)

struct Token {
  std::string uid;
  std::string name;
  Role role = Role::viewer;
  std::optional<WallTime> expires;
  WallTime created{};
  std::string created_by;
};
BOOST_DESCRIBE_STRUCT(Token, (), (uid, name, role, expires, created, created_by))

struct StoredToken : Token {
  std::string hash;  // SHA-256 of the secret, hex
  json::Object unknown;
};
BOOST_DESCRIBE_STRUCT(StoredToken, (Token), (hash))

struct TokenRequest {
  std::string name;
  Role role = Role::viewer;
  std::optional<Duration> lifetime;
};
BOOST_DESCRIBE_STRUCT(TokenRequest, (), (name, role, lifetime))

constexpr auto rules(const TokenRequest*) {
  return std::array{json::field("name").required(),
                    json::field("lifetime").text("how long it is good for; for ever if not given")};
}
void validate(const TokenRequest& request, json::Faults& faults, const json::Path& path);

/// The answer to a creation; the only time that the secret is shown.
struct TokenSecret : Token {
  std::string token;
};
BOOST_DESCRIBE_STRUCT(TokenSecret, (Token), (token))

struct JoinToken {
  std::string uid;
  std::optional<std::uint32_t> uses;  // how many nodes may join with it; unlimited if not given
  std::uint32_t used = 0;
  std::map<std::string, std::string> labels;  // given to the nodes that join with it
  std::optional<std::string> name_pattern;    // what the nodes' names must match
  std::optional<std::string> node;  // the enrolled node whose machine may be another from now on
  std::optional<WallTime> expires;
  WallTime created{};
  std::string created_by;
};
BOOST_DESCRIBE_STRUCT(JoinToken, (),
                      (uid, uses, used, labels, name_pattern, node, expires, created, created_by))

struct StoredJoinToken : JoinToken {
  std::string hash;
  json::Object unknown;
};
BOOST_DESCRIBE_STRUCT(StoredJoinToken, (JoinToken), (hash))

struct JoinTokenRequest {
  std::optional<std::uint32_t> uses = 1;
  bool unlimited = false;
  std::optional<Duration> lifetime = std::chrono::hours(24);
  std::map<std::string, std::string> labels;
  std::optional<std::string> name_pattern;
  std::optional<std::string> node;
};
BOOST_DESCRIBE_STRUCT(JoinTokenRequest, (), (uses, unlimited, lifetime, labels, name_pattern, node))

constexpr auto rules(const JoinTokenRequest*) {
  return std::array{
      json::field("uses").range(1, 1'000'000).text("how many nodes may join with it"),
      json::field("unlimited").text("any number of nodes may join with it"),
      json::field("lifetime").text("how long it is good for"),
      json::field("labels").items(0, 64).length(0, 256),
      json::field("name_pattern").text("what the nodes' names must match: web-*"),
      json::field("node").text("an enrolled node: the machine that joins takes its place"),
  };
}
void validate(const JoinTokenRequest& request, json::Faults& faults, const json::Path& path);

struct JoinTokenSecret : JoinToken {
  std::string token;
};
BOOST_DESCRIBE_STRUCT(JoinTokenSecret, (JoinToken), (token))

}  // namespace reeve::model
