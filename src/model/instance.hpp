// An instance: one address that serves, with what people decided about it and what is seen of it.
#pragma once

#include "base/ip_address.hpp"
#include "base/time.hpp"
#include "json/codec.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace reeve::model {

/// Who brought the instance in. PUT and apply replace only those of the operator.
enum class Source { operator_, program, self, import_ };
BOOST_DESCRIBE_ENUM(Source, operator_, program, self, import_)

enum class Status { online, offline };
BOOST_DESCRIBE_ENUM(Status, online, offline)

enum class Health { passing, warning, critical, unknown };
BOOST_DESCRIBE_ENUM(Health, passing, warning, critical, unknown)

/// Who takes an instance offline. Each holder removes only its own hold.
enum class Holder { operator_, maintenance, rollout, governance, program };
BOOST_DESCRIBE_ENUM(Holder, operator_, maintenance, rollout, governance, program)

struct Hold {
  Holder by = Holder::operator_;
  std::string who;
  std::string why;
  WallTime since{};
  std::optional<WallTime> until;

  bool operator==(const Hold&) const = default;
};
BOOST_DESCRIBE_STRUCT(Hold, (), (by, who, why, since, until))

/// The part that a service's revision keeps.
struct InstanceSpec {
  IpAddress ip;
  std::uint16_t port = 0;
  int weight = 100;
  std::map<std::string, std::string> labels;
  std::map<std::string, std::uint16_t> ports;
  Source source = Source::operator_;

  /// "10.0.0.1:80", "[2001:db8::1]:80": unique in a service.
  std::string id() const { return endpoint_text(ip, port); }
  bool operator==(const InstanceSpec&) const = default;
};
BOOST_DESCRIBE_STRUCT(InstanceSpec, (), (ip, port, weight, labels, ports, source))

constexpr auto rules(const InstanceSpec*) {
  return std::array{
      json::field("ip").required().text("IPv4 or IPv6 address; host names are refused"),
      json::field("port").required().range(1, 65535),
      json::field("weight").range(0, 100).text("share of the traffic; 0 takes none"),
      json::field("labels").items(0, 64).length(0, 256),
      json::field("ports").items(0, 64).range(1, 65535).text("further ports by name"),
      json::field("source").read_only(),
  };
}
void validate(const InstanceSpec& instance, json::Faults& faults, const json::Path& path);

/// What the API shows: the spec with live state laid over it.
struct Instance : InstanceSpec {
  Status status = Status::online;
  std::vector<Hold> holds;
  Health health = Health::unknown;
  std::string health_why;
  std::optional<WallTime> health_since;
};
BOOST_DESCRIBE_STRUCT(Instance, (InstanceSpec), (status, holds, health, health_why, health_since))

/// What the API takes: an answer can be sent back. `status` sets or clears the operator's hold;
/// without it the hold stays as it is.
struct InstanceRequest : InstanceSpec {
  std::optional<Status> status;
  json::Value holds;
  json::Value health;
  json::Value health_why;
  json::Value health_since;
};
BOOST_DESCRIBE_STRUCT(InstanceRequest, (InstanceSpec),
                      (status, holds, health, health_why, health_since))
void validate(const InstanceRequest& request, json::Faults& faults, const json::Path& path);

/// The spec's rules and those of what an answer carries beyond it.
constexpr auto rules(const InstanceRequest*) {
  auto spec = rules(static_cast<const InstanceSpec*>(nullptr));
  return std::array{spec[0],
                    spec[1],
                    spec[2],
                    spec[3],
                    spec[4],
                    spec[5],
                    json::field("status").text("offline: held out by the operator"),
                    json::field("holds").read_only(),
                    json::field("health").read_only(),
                    json::field("health_why").read_only(),
                    json::field("health_since").read_only()};
}
constexpr auto rules(const Instance*) { return rules(static_cast<const InstanceSpec*>(nullptr)); }

/// Takes traffic: no hold and a weight above 0. Every surface asks this one function.
inline bool is_eligible(const Instance& instance) {
  return instance.holds.empty() && instance.weight > 0;
}

}  // namespace reeve::model
