#include "net/http/handshake_slots.hpp"

#include <boost/asio/ip/address_v6.hpp>

#include <cstdint>

namespace reeve::net {

std::string origin_of(const Endpoint& peer) {
  boost::system::error_code is_other;
  auto address = boost::asio::ip::make_address_v6(peer.host, is_other);
  // Neighbours on one link all have its prefix.
  if (is_other || address.is_link_local()) return peer.host;
  constexpr std::size_t kNetworkBytes = 8;
  auto bytes = address.to_bytes();
  std::fill(bytes.begin() + kNetworkBytes, bytes.end(), std::uint8_t{0});
  return boost::asio::ip::address_v6(bytes).to_string();
}

}  // namespace reeve::net
