#include "agent/line.hpp"

#include "link/codec.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace reeve::agent {

Line::Line(async::Loop& loop, std::shared_ptr<net::MessageSocket> socket)
    : socket_(std::move(socket)),
      arrived_(loop),
      inbox_(loop, [this](std::vector<Event> events) { take(std::move(events)); }) {
  // The sender outlives this where a frame is just being decoded; what it pushes then is dropped.
  auto sender = inbox_.sender();
  net::SocketEvents events;
  events.on_frame = [sender](std::string_view frame, net::FrameKind kind) mutable {
    auto message = link::decode_message(frame, kind);
    if (!message || link::is_known(*message)) sender.push(std::move(message));
  };
  events.on_closed = [sender](std::string reason) mutable {
    sender.push(fail(Errc::unavailable, "connection lost: {}", reason));
  };
  socket_->start(std::move(events));
}

Line::~Line() { socket_->close(net::CloseCode::going_away, "the agent leaves"); }

void Line::send(const link::Message& message) {
  socket_->send(link::frame_of(message), net::FrameKind::text);
}

void Line::send(net::Frame frame, net::FrameKind kind) { socket_->send(std::move(frame), kind); }

Task<Result<link::Message>> Line::next(Instant deadline) {
  while (waiting_.empty()) {
    CO_TRY(co_await arrived_.wait(deadline));
  }
  auto event = std::move(waiting_.front());
  waiting_.pop_front();
  co_return event;
}

void Line::take(std::vector<Event> events) {
  std::ranges::move(events, std::back_inserter(waiting_));
  arrived_.notify_all();
}

}  // namespace reeve::agent
