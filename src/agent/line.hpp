// Line: one connection to a manager as a coroutine of the domain loop reads it: messages one after
// another, decoded on the socket's own loop. Made and used on the domain loop.
#pragma once

#include "async/inbox.hpp"
#include "async/notifier.hpp"
#include "link/messages.hpp"
#include "net/websocket.hpp"

#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace reeve::agent {

class Line {
 public:
  Line(async::Loop& loop, std::shared_ptr<net::MessageSocket> socket);
  /// Closes the socket; nobody may still wait.
  ~Line();
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  void send(const link::Message& message);
  void send(net::Frame frame, net::FrameKind kind);

  /// The next message that this build knows. `timeout` at the deadline, `cancelled`, `unavailable`
  /// once the connection has ended, `invalid` for what is no message.
  Task<Result<link::Message>> next(Instant deadline);

 private:
  using Event = Result<link::Message>;  // an error: the end

  void take(std::vector<Event> events);

  std::shared_ptr<net::MessageSocket> socket_;  // shared with the I/O it has under way
  std::deque<Event> waiting_;
  async::Notifier arrived_;
  async::Inbox<Event> inbox_;
};

}  // namespace reeve::agent
