#include "net/testing/memory_network.hpp"

#include <algorithm>
#include <deque>
#include <optional>

namespace reeve::net::testing {
namespace {

struct Message {
  Frame frame;
  FrameKind kind;
  std::optional<std::string> close_reason;  // the last message of its direction
  Instant due;
};

}  // namespace

// One end. What it sends lies in its own outbox until it is due at the other end.
class MemorySocket final : public MessageSocket, public std::enable_shared_from_this<MemorySocket> {
 public:
  MemorySocket(async::Loop& loop, Peer peer, SocketSettings settings, std::shared_ptr<Wire> wire)
      : loop_(loop), peer_(std::move(peer)), settings_(settings), wire_(std::move(wire)) {}

  ~MemorySocket() override {
    if (auto other = other_.lock()) other->end_soon("the other side closed the connection");
  }

  void connect(const std::shared_ptr<MemorySocket>& other) { other_ = other; }

  void start(SocketEvents events) override {
    events_ = std::move(events);
    is_started_ = true;
    if (is_ended_) return tell_closed_soon();
    if (auto other = other_.lock()) other->deliver_later();
  }

  void send(Frame frame, FrameKind kind) override {
    if (is_closing_ || is_ended_) return;
    if (queued_bytes_ + frame->size() > settings_.max_queued_bytes)
      return end_soon("the other side takes too little: its queue is full");
    queued_bytes_ += frame->size();
    outbox_.push_back({std::move(frame), kind, std::nullopt, loop_.now() + wire_->delay_});
    deliver_later();
  }

  void close(CloseCode, std::string reason) override {
    if (is_closing_ || is_ended_) return;
    is_closing_ = true;
    reason_ = reason;
    outbox_.push_back({nullptr, FrameKind::text, std::move(reason), loop_.now() + wire_->delay_});
    deliver_later();
  }

  std::size_t queued_bytes() const override { return queued_bytes_; }
  const Peer& peer() const override { return peer_; }
  async::Loop& loop() override { return loop_; }

  bool is_ended() const { return is_ended_; }

  void deliver_later() {
    if (is_delivering_ || outbox_.empty() || wire_->stalled_ || is_ended_) return;
    is_delivering_ = true;
    loop_.call_at(std::max(outbox_.front().due, loop_.now()), [weak = weak_from_this()] {
      if (auto self = weak.lock()) self->deliver();
    });
  }

  /// The other end learns only that this one closed, unless `also` tells it more.
  void end_soon(std::string reason, std::string also = "the other side closed the connection") {
    if (is_ended_) return;
    is_ended_ = true;
    if (reason_.empty()) reason_ = std::move(reason);
    outbox_.clear();
    queued_bytes_ = 0;
    if (is_started_) tell_closed_soon();
    if (auto other = other_.lock()) other->end_soon(std::move(also));
  }

 private:
  void deliver() {
    is_delivering_ = false;
    auto other = other_.lock();
    while (other && other->is_started_ && !is_ended_ && !wire_->stalled_ && !outbox_.empty() &&
           outbox_.front().due <= loop_.now()) {
      auto message = std::move(outbox_.front());
      outbox_.pop_front();
      if (message.close_reason) return close_both(*other, std::move(*message.close_reason));
      queued_bytes_ -= message.frame->size();
      other->take(message);
    }
    if (other && !other->is_started_) return;  // its start() goes on
    if (outbox_.empty() && !is_ended_ && !is_closing_ && events_.on_drained) events_.on_drained();
    deliver_later();
  }

  void take(const Message& message) {
    if (is_closing_ || !events_.on_frame) return;
    if (message.frame->size() > settings_.max_frame_bytes)
      return end_soon(
          fmt::format("a message of more than {} bytes came", settings_.max_frame_bytes));
    events_.on_frame(*message.frame, message.kind);
  }

  void close_both(MemorySocket& other, std::string reason) {
    other.end_soon(reason);
    end_soon(std::move(reason));
  }

  void tell_closed_soon() {
    loop_.post([self = shared_from_this()] {
      auto events = std::exchange(self->events_, {});
      if (events.on_closed) events.on_closed(self->reason_);
    });
  }

  async::Loop& loop_;
  Peer peer_;
  SocketSettings settings_;
  std::shared_ptr<Wire> wire_;
  std::weak_ptr<MemorySocket> other_;
  SocketEvents events_;
  std::deque<Message> outbox_;
  std::size_t queued_bytes_ = 0;
  std::string reason_;
  bool is_started_ = false;
  bool is_delivering_ = false;
  bool is_closing_ = false;
  bool is_ended_ = false;
};

void Wire::set_delay(Duration delay) { delay_ = delay; }

void Wire::stall(bool stalled) {
  stalled_ = stalled;
  for (auto& end : {client_.lock(), server_.lock()})
    if (end) end->deliver_later();
}

void Wire::cut(std::string reason) {
  for (auto& end : {client_.lock(), server_.lock()})
    if (end) end->end_soon(reason, reason);
}

bool Wire::is_open() const {
  auto end = client_.lock();
  return end && !end->is_ended();
}

SocketPair make_socket_pair(async::Loop& loop, Peer client_peer, Peer server_peer,
                            SocketSettings settings) {
  auto wire = std::make_shared<Wire>();
  auto client = std::make_shared<MemorySocket>(loop, std::move(client_peer), settings, wire);
  auto server = std::make_shared<MemorySocket>(loop, std::move(server_peer), settings, wire);
  client->connect(server);
  server->connect(client);
  wire->client_ = client;
  wire->server_ = server;
  return {client, server, wire};
}

class MemoryDialer final : public Dialer {
 public:
  MemoryDialer(MemoryNetwork& network, Peer as) : network_(network), as_(std::move(as)) {}
  Task<Result<std::shared_ptr<MessageSocket>>> dial(DialRequest request) override {
    return network_.dial(as_, std::move(request));
  }

 private:
  MemoryNetwork& network_;
  Peer as_;
};

void MemoryNetwork::listen(Endpoint at, Accept accept) {
  listeners_[at.to_string()] = std::move(accept);
}

void MemoryNetwork::stop_listening(const Endpoint& at) { listeners_.erase(at.to_string()); }

std::unique_ptr<Dialer> MemoryNetwork::dialer(Peer as) {
  return std::make_unique<MemoryDialer>(*this, std::move(as));
}

void MemoryNetwork::set_reachable(const std::string& client_identity, bool reachable) {
  auto& machine = machines_[client_identity];
  machine.is_reachable = reachable;
  for (auto& weak : machine.wires)
    if (auto wire = weak.lock()) wire->stall(!reachable);
}

void MemoryNetwork::cut(const std::string& client_identity) {
  // Those who are told may dial again at once.
  auto wires = std::exchange(machines_[client_identity].wires, {});
  for (auto& weak : wires)
    if (auto wire = weak.lock()) wire->cut();
}

Task<Result<std::shared_ptr<MessageSocket>>> MemoryNetwork::dial(Peer as, DialRequest request) {
  auto to = request.to.to_string();
  auto identity = as.identity;
  bool is_reachable = machines_[identity].is_reachable;
  CO_TRY(co_await loop_.sleep_for(is_reachable ? delay_ : request.deadline));
  if (!machines_[identity].is_reachable)
    co_return fail(Errc::timeout, "cannot connect to {}: no answer in time", to);
  auto listener = listeners_.find(to);
  if (listener == listeners_.end())
    co_return fail(Errc::unavailable, "cannot connect to {}: connection refused", to);
  Peer server;
  server.endpoint = request.to;
  auto pair = make_socket_pair(loop_, std::move(server), std::move(as), request.settings);
  pair.wire->set_delay(delay_);
  CO_TRY(listener->second(pair.server, request));
  auto& wires = machines_[identity].wires;
  wires.remove_if([](const auto& wire) { return wire.expired(); });
  wires.push_back(pair.wire);
  co_return pair.client;
}

}  // namespace reeve::net::testing
