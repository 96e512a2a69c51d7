#include "base/ip_address.hpp"

#include "base/quote.hpp"

#include <arpa/inet.h>

#include <algorithm>

namespace reeve {

Result<IpAddress> IpAddress::parse(std::string_view text) {
  IpAddress address;
  std::string terminated(text.substr(0, INET6_ADDRSTRLEN));
  bool fits = text.size() < INET6_ADDRSTRLEN && text.find('\0') == std::string_view::npos;
  if (fits && inet_pton(AF_INET, terminated.c_str(), address.bytes_.data()) == 1) return address;
  if (fits && inet_pton(AF_INET6, terminated.c_str(), address.bytes_.data()) == 1) {
    constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    address.v6_ = !std::equal(kMapped.begin(), kMapped.end(), address.bytes_.begin());
    if (address.v6_) return address;
    std::copy(address.bytes_.begin() + 12, address.bytes_.end(), address.bytes_.begin());
    std::fill(address.bytes_.begin() + 4, address.bytes_.end(), std::uint8_t{});
    return address;
  }
  return fail(
      Errc::invalid,
      "expected an IPv4 or IPv6 address (host names change under a list: resolve it first), "
      "got {}",
      quote(text));
}

std::string IpAddress::text() const {
  std::array<char, INET6_ADDRSTRLEN> out{};
  inet_ntop(v6_ ? AF_INET6 : AF_INET, bytes_.data(), out.data(), out.size());
  return out.data();
}

bool IpAddress::is_loopback() const {
  if (!v6_) return bytes_[0] == 127;
  return bytes_[15] == 1 &&
         std::all_of(bytes_.begin(), bytes_.end() - 1, [](auto b) { return b == 0; });
}

bool IpAddress::is_any() const {
  return std::all_of(bytes_.begin(), bytes_.end(), [](auto b) { return b == 0; });
}

Result<> from_text(std::string_view text, IpAddress& out) {
  TRY_ASSIGN(out, IpAddress::parse(text));
  return {};
}

std::string to_text(const IpAddress& address) { return address.text(); }

std::string endpoint_text(const IpAddress& address, std::uint16_t port) {
  return address.is_v6() ? fmt::format("[{}]:{}", address.text(), port)
                         : fmt::format("{}:{}", address.text(), port);
}

}  // namespace reeve
