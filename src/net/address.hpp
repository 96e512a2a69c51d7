// Where a socket is or should go: host and port, and its text. A value type; any thread.
#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace reeve::net {

struct Endpoint {
  /// An IP address without brackets. Where one dials it may be a host name, resolved then; where
  /// one listens "" means every address of the machine, IPv4 and IPv6.
  std::string host;
  std::uint16_t port = 0;

  /// "10.0.0.1:80", "[::1]:80", ":80"
  std::string to_string() const;

  bool operator==(const Endpoint&) const = default;
};

/// "host:port", "[v6]:port" or ":port"; without a port `default_port` if given.
Result<Endpoint> parse_endpoint(std::string_view text,
                                std::optional<std::uint16_t> default_port = std::nullopt);

}  // namespace reeve::net
