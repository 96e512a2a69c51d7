// The settings of manager and agent: /etc/reeve/reeve.yaml, over it REEVE_… variables, over both
// the flags. Read once at the start of a role; plain values.
#pragma once

#include "agent/hooks/rule.hpp"
#include "json/codec.hpp"
#include "net/address.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace reeve::cli {

/// What was said in one of the three places; what was not said is not there.
struct Configuration {
  std::optional<std::string> data;
  std::optional<std::string> listen;
  std::optional<std::string> link_listen;
  std::optional<std::vector<std::string>> advertise;
  std::optional<std::vector<std::string>> managers;
  std::optional<std::vector<std::string>> publish_roots;
  std::optional<std::string> local_http;
  std::optional<std::string> local_socket;
  std::optional<std::vector<agent::HookRule>> hooks;
  std::optional<std::vector<std::string>> run_as;

  bool operator==(const Configuration&) const = default;
};
BOOST_DESCRIBE_STRUCT(Configuration, (),
                      (data, listen, link_listen, advertise, managers, publish_roots, local_http,
                       local_socket, hooks, run_as))

constexpr auto rules(const Configuration*) {
  return std::array{
      json::field("data").length(1, 4096).text("the data folder"),
      json::field("listen").text("where the manager's console and API listen"),
      json::field("link_listen").text("where the manager awaits its agents"),
      json::field("advertise").items(1, 16).text("where agents reach this manager's link"),
      json::field("managers").items(1, 16).text("the managers that an agent connects to"),
      json::field("publish_roots").items(1, 64).text("folders that an agent may write lists to"),
      json::field("local_http").text("where an agent answers the programs of its machine"),
      json::field("local_socket").length(1, 107).text("the Unix socket on which it does so too"),
      json::field("hooks").items(0, 256).text(
          "the programs that an agent may run after a list's file has changed (on_change)"),
      json::field("run_as").items(0, 256).length(1, 64).text(
          "the users as whom an agent may run programs; default: every user but root"),
  };
}
void validate(const Configuration& configuration, json::Faults& faults, const json::Path& path);

/// One YAML document, strictly; no document is an empty configuration.
Result<Configuration> parse_configuration(std::string_view yaml);

/// The parts between the separators, but for empty ones.
std::vector<std::string> split(std::string_view text, char separator);

/// REEVE_DATA, REEVE_LISTEN, REEVE_LINK_LISTEN, REEVE_MANAGERS, REEVE_ADVERTISE (commas between),
/// REEVE_PUBLISH_ROOTS (colons between), REEVE_LOCAL_HTTP, REEVE_LOCAL_SOCKET. `lookup` answers a
/// variable's text.
Configuration configuration_of_environment(
    const std::function<std::optional<std::string>(const char*)>& lookup);

/// What stands in `upper`, else what stands in `lower`.
Configuration overlaid(Configuration lower, const Configuration& upper);

/// All three. Without `file` the default one, which may be missing.
Result<Configuration> load_configuration(const std::optional<std::string>& file,
                                         const Configuration& flags);

/// Where to listen: "host:port". The host must be an address: names would listen anywhere.
Result<net::Endpoint> parse_listen(std::string_view text);

/// Where a manager's link is reached: "host" or "host:port".
Result<net::Endpoint> parse_link_address(std::string_view text);

/// Whether only this machine can reach it.
bool is_local(const net::Endpoint& endpoint);

}  // namespace reeve::cli
