#include "net/http/shard.hpp"

#include "net/digest.hpp"
#include "net/http/connection.hpp"

#include <algorithm>
#include <utility>

namespace reeve::net {
namespace {

using namespace std::chrono_literals;

// Timeouts are looked at this much finer than the shortest of them; nothing is armed per request.
Duration interval_for(const ServerSettings& settings) {
  auto shortest = std::min({settings.header_timeout, settings.body_grace, settings.idle_timeout,
                            settings.write_timeout});
  return std::clamp<Duration>(shortest / 8, 5ms, 1s);
}

constexpr Duration kAfterCut = 1s;

// So many times the limit of one handshake may pass before a turn at it comes: when all come back
// at once, one who is sent away comes again and waits longer still.
constexpr int kPatience = 3;

}  // namespace

Shard::Shard(async::Loop& loop, std::shared_ptr<ServerCore> core)
    : loop_(loop),
      core_(std::move(core)),
      group_(loop, "http connections"),
      handshakes_(core_->settings.max_handshakes),
      sweep_interval_(interval_for(core_->settings)),
      id_prefix_(random_hex(3) + "-") {}

void Shard::take(Stream stream, Peer peer, std::shared_ptr<const ServerTls> tls) {
  if (is_finishing_) return uncount();
  Waiting accepted{std::move(stream), std::move(peer), std::move(tls)};
  if (!accepted.tls) return start(std::move(accepted));
  listen_for(std::make_shared<Waiting>(std::move(accepted)));
}

// Who says nothing takes no turn from those who do.
void Shard::listen_for(WaitingPtr accepted) {
  accepted->deadline = loop_.now() + core_->settings.handshake_timeout;
  accepted->place = silent_.insert(silent_.end(), accepted);
  accepted->stream.wait_readable([weak = weak_from_this(), accepted](const ErrorCode& error) {
    if (auto self = weak.lock()) self->heard(accepted, error);
  });
  sweep_later();
}

void Shard::heard(const WaitingPtr& accepted, const ErrorCode& error) {
  if (accepted->state != Waiting::State::silent) return;  // it was ended meanwhile
  silent_.erase(accepted->place);
  accepted->state = Waiting::State::left;
  if (error || is_finishing_) return uncount();
  auto origin = origin_of(accepted->peer.endpoint);
  if (handshakes_.may_begin(origin)) return start(std::move(*accepted));
  accepted->state = Waiting::State::queued;
  accepted->deadline = loop_.now() + kPatience * core_->settings.handshake_timeout;
  waiting_.push(origin, accepted);
}

// Their turn did not come in time: the other side has given up as well.
void Shard::end_overdue(Instant now) {
  auto is_overdue = [now](const WaitingPtr& accepted) { return accepted->deadline <= now; };
  for (const auto& accepted : waiting_.take_first(is_overdue)) give_up(*accepted);
}

void Shard::give_up(Waiting& accepted) {
  accepted.state = Waiting::State::left;
  accepted.stream.close();
  uncount();
}

void Shard::end_silent(Instant now) {
  while (!silent_.empty() && silent_.front()->deadline <= now) {
    auto accepted = std::move(silent_.front());
    silent_.pop_front();
    give_up(*accepted);
    const auto& tell = handlers().on_handshake_failure;
    if (tell && !is_finishing_)
      tell(accepted->peer.endpoint, "TLS handshake failed: nothing came in time");
  }
}

void Shard::start(Waiting accepted) {
  if (accepted.tls) handshakes_.begin(origin_of(accepted.peer.endpoint));
  auto connection = std::make_shared<Connection>(shared_from_this(), std::move(accepted.stream),
                                                 std::move(accepted.peer), std::move(accepted.tls));
  group_.start(run(std::move(connection)));
  sweep_later();
}

void Shard::turn_away(Stream stream, Peer peer) {
  if (is_finishing_) return uncount();
  auto connection =
      std::make_shared<Connection>(shared_from_this(), std::move(stream), std::move(peer), nullptr);
  group_.start(run_turned_away(std::move(connection)));
  sweep_later();
}

Task<> Shard::run(std::shared_ptr<Connection> connection) { co_await connection->run(); }

Task<> Shard::run_turned_away(std::shared_ptr<Connection> connection) {
  co_await connection->turn_away();
}

void Shard::handshake_ended(const Endpoint& peer) {
  handshakes_.end(origin_of(peer));
  begin_next();
}

void Shard::begin_next() {
  auto may_begin = [this](const std::string& origin) { return handshakes_.may_begin(origin); };
  auto now = loop_.now();
  while (handshakes_.has_free()) {
    auto next = waiting_.pop_of(may_begin);
    if (!next) return;
    if ((*next)->deadline > now) {
      (*next)->state = Waiting::State::left;
      start(std::move(**next));
    } else {
      give_up(**next);
    }
  }
}

void Shard::finish() {
  is_finishing_ = true;
  end_silent(Instant::max());
  while (waiting_.pop()) uncount();
  for (auto* connection : connections_) connection->finish();
}

Task<Result<>> Shard::stop(Instant deadline) {
  finish();
  auto joined = co_await group_.join(deadline);
  if (joined) co_return joined;
  cut();
  [[maybe_unused]] auto cut = co_await group_.join(loop_.now() + kAfterCut);
  co_return joined;
}

void Shard::cut() {
  finish();
  for (auto* connection : connections_) connection->end();
}

void Shard::sweep_later() {
  if (is_sweeping_) return;
  is_sweeping_ = true;
  loop_.call_after(sweep_interval_, [shard = weak_from_this()] {
    if (auto self = shard.lock()) self->sweep();
  });
}

void Shard::sweep() {
  auto now = loop_.now();
  for (auto* connection : connections_) connection->check_deadline(now);
  end_silent(now);
  end_overdue(now);
  is_sweeping_ = false;
  if (!connections_.empty() || !silent_.empty()) sweep_later();
}

std::string Shard::next_request_id() {
  // "0a1b2c-00000001" fits into a string without an allocation; every request takes one.
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string id = id_prefix_;
  ++next_id_;
  for (int shift = 28; shift >= 0; shift -= 4) id += kDigits[(next_id_ >> shift) & 15];
  return id;
}

}  // namespace reeve::net
