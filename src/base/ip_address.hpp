// An IPv4 or IPv6 address, never a host name. A small value with one canonical text, so that two
// spellings of one address compare equal; any thread.
#pragma once

#include "base/result.hpp"

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace reeve {

class IpAddress {
 public:
  /// 0.0.0.0
  IpAddress() = default;

  /// "10.0.0.1" or "2001:db8::1"; no brackets, no zone, no host name. An IPv4 address written as
  /// IPv6 ("::ffff:10.0.0.1") becomes the IPv4 address.
  static Result<IpAddress> parse(std::string_view text);

  bool is_v6() const { return v6_; }
  bool is_loopback() const;
  /// 0.0.0.0 or ::
  bool is_any() const;

  /// The canonical text (RFC 5952 for IPv6).
  std::string text() const;

  auto operator<=>(const IpAddress&) const = default;

 private:
  bool v6_ = false;                       // first: every IPv4 address sorts before every IPv6 one
  std::array<std::uint8_t, 16> bytes_{};  // network order; IPv4 uses the first four
};

/// The same two, as the codec of json/ looks for them.
Result<> from_text(std::string_view text, IpAddress& out);
std::string to_text(const IpAddress& address);

/// "10.0.0.1:80" or "[::1]:80"
std::string endpoint_text(const IpAddress& address, std::uint16_t port);

}  // namespace reeve
