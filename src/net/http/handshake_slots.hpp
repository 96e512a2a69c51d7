// How many TLS handshakes run, and for whom: a shard's slots for them, of which no origin can hold
// all. The last quarter is for those who have less than a quarter themselves, so whoever stalls in
// every slot he gets leaves some to others. One thread.
#pragma once

#include "net/address.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <string>

namespace reeve::net {

/// Whose connection this is: the address, or the network of an IPv6 one (one host has a whole /64).
std::string origin_of(const Endpoint& peer);

class HandshakeSlots {
 public:
  explicit HandshakeSlots(std::size_t most)
      : most_(most), share_(std::max<std::size_t>(most / 4, 1)) {}

  bool may_begin(const std::string& origin) const {
    if (running_ >= most_) return false;
    auto own = by_origin_.find(origin);
    return own == by_origin_.end() || own->second < share_ || running_ < most_ - share_;
  }

  void begin(const std::string& origin) {
    ++running_;
    ++by_origin_[origin];
  }

  void end(const std::string& origin) {
    --running_;
    auto own = by_origin_.find(origin);
    if (--own->second == 0) by_origin_.erase(own);
  }

  bool has_free() const { return running_ < most_; }

 private:
  std::size_t most_;
  std::size_t share_;
  std::size_t running_ = 0;
  std::map<std::string, std::size_t> by_origin_;  // none is zero
};

}  // namespace reeve::net
