#include "reeve_bench/rounds.hpp"

#include <utility>

namespace reeve::bench {

Rounds::Rounds(std::size_t agents, WhenWhole when_whole)
    : agents_(agents), when_whole_(std::move(when_whole)) {}

void Rounds::note(const Exchange& exchange) {
  auto& round = rounds_[exchange.version];
  if (round.agents++ == 0) {
    round.version = exchange.version;
    round.first_received = exchange.received;
  }
  round.last_received = exchange.received;
  round.last_acknowledged = exchange.acknowledged;
  round.spec_bytes += exchange.spec_bytes;
  round.applied_bytes += exchange.applied_bytes;
  if (round.agents < agents_) return;
  round.last_node = exchange.node;
  when_whole_(round);
  // Versions that some agents skipped will never be whole.
  rounds_.erase(rounds_.begin(), rounds_.upper_bound(exchange.version));
}

}  // namespace reeve::bench
