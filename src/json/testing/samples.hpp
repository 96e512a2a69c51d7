// Structs that the tests of this room read and write: between them every kind of type and rule.
#pragma once

#include "json/codec.hpp"

#include <cstdint>

namespace reeve::sample {

enum class Status { online, offline, default_ };
BOOST_DESCRIBE_ENUM(Status, online, offline, default_)

/// A type with its own text form: "host:port".
struct Endpoint {
  std::string host;
  std::string port;
  bool operator==(const Endpoint&) const = default;
};
inline Result<> from_text(std::string_view text, Endpoint& out) {
  auto colon = text.rfind(':');
  if (colon == text.npos) return fail(Errc::invalid, "expected host:port, got \"{}\"", text);
  out = {std::string(text.substr(0, colon)), std::string(text.substr(colon + 1))};
  return {};
}
inline std::string to_text(const Endpoint& value) { return value.host + ":" + value.port; }
constexpr json::TextSchema text_schema(const Endpoint*) {
  return {"^[^:]+:[0-9]+$", "", "a host and a port"};
}

struct Instance {
  std::string ip;
  std::uint16_t port = 0;
  int weight = 100;
  Status status = Status::online;
  std::map<std::string, std::string> labels;
  std::optional<std::string> note;
  bool operator==(const Instance&) const = default;
};
BOOST_DESCRIBE_STRUCT(Instance, (), (ip, port, weight, status, labels, note))
constexpr auto rules(const Instance*) {
  return std::array{json::field("ip").required().length(1, 45).text("IPv4 or IPv6 address"),
                    json::field("port").required().at_least(1),
                    json::field("weight").range(0, 1000).text("share of the traffic"),
                    json::field("labels").items(0, 3).length(0, 10)};
}

struct Service {
  std::string name;
  std::vector<Instance> instances;
  bool enabled = true;
  double ratio = 0.5;
  Duration interval = std::chrono::seconds(10);
  WallTime created{};
  std::optional<Endpoint> check;
  std::uint64_t revision = 0;
  json::Value extra;
  json::Object annotations;
  std::vector<std::optional<std::int8_t>> small;
  json::Object unknown;
  bool operator==(const Service&) const = default;
};
BOOST_DESCRIBE_STRUCT(Service, (),
                      (name, instances, enabled, ratio, interval, created, check, revision, extra,
                       annotations, small))
constexpr auto rules(const Service*) {
  return std::array{
      json::field("name").required().length(1, 63).pattern("^[A-Za-z0-9]").text("unique"),
      json::field("instances").items(0, 4), json::field("ratio").range(0, 1),
      json::field("interval").range(std::chrono::seconds(1), std::chrono::hours(1)),
      json::field("revision").read_only()};
}
inline void validate(const Service& service, json::Faults& faults, const json::Path& path) {
  for (std::size_t i = 0; i < service.instances.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (service.instances[i].ip == service.instances[j].ip &&
          service.instances[i].port == service.instances[j].port)
        faults.add(path / "instances" / i, "is there twice", Errc::exists);
}

struct Login {
  std::string user;
  std::string password;
  std::map<std::string, std::string> tokens;
  std::optional<int> pin;
  bool operator==(const Login&) const = default;
};
BOOST_DESCRIBE_STRUCT(Login, (), (user, password, tokens, pin))
constexpr auto rules(const Login*) {
  return std::array{json::field("password").secret().length(0, 20), json::field("tokens").secret(),
                    json::field("pin").secret()};
}

struct Tree {
  int value = 0;
  std::vector<Tree> children;
  Login login;
  bool operator==(const Tree&) const = default;
};
BOOST_DESCRIBE_STRUCT(Tree, (), (value, children, login))

struct Base {
  int first = 1;
};
BOOST_DESCRIBE_STRUCT(Base, (), (first))
struct Derived : Base {
  int second_ = 2;
};
BOOST_DESCRIBE_STRUCT(Derived, (Base), (second_))

}  // namespace reeve::sample
