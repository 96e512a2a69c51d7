// Where a socket is or should go: host and port, or the path of a Unix socket, and its text. A
// value type; any thread.
#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace reeve::net {

struct Endpoint {
  /// An IP address without brackets. Where one dials it may be a host name, resolved then; where
  /// one listens "" means every address of the machine, IPv4 and IPv6. An absolute path is that of
  /// a Unix socket, which has no port.
  std::string host;
  std::uint16_t port = 0;

  bool is_unix() const { return host.starts_with('/'); }

  /// "10.0.0.1:80", "[::1]:80", ":80", "unix:/run/x.sock"
  std::string to_string() const;

  bool operator==(const Endpoint&) const = default;
};

/// "host:port", "[v6]:port", ":port" or "unix:/path"; without a port `default_port` if given.
Result<Endpoint> parse_endpoint(std::string_view text,
                                std::optional<std::uint16_t> default_port = std::nullopt);

}  // namespace reeve::net
