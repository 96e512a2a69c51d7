// What happens to each version of a list among all agents: when its first and last copy came, and
// when the last word about it went out. The I/O thread only.
#pragma once

#include "base/time.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace reeve::bench {

struct Round {
  std::uint64_t version = 0;
  std::size_t agents = 0;
  Instant first_received, last_received, last_acknowledged;
  std::uint64_t spec_bytes = 0, applied_bytes = 0;  // of all agents' frames
  std::string last_node;
};

class Rounds {
 public:
  using WhenWhole = std::function<void(const Round&)>;

  /// `when_whole` is called for each version that every one of so many agents has answered.
  Rounds(std::size_t agents, WhenWhole when_whole);

  struct Exchange {
    std::uint64_t version = 0;
    Instant received, acknowledged;
    std::size_t spec_bytes = 0, applied_bytes = 0;
    std::string_view node;
  };
  void note(const Exchange& exchange);

 private:
  std::size_t agents_;
  WhenWhole when_whole_;
  std::map<std::uint64_t, Round> rounds_;
};

}  // namespace reeve::bench
