// One agent of the bench: speaks the real link over a real connection, decodes and checks what
// comes as an agent does, keeps it in memory only, and answers at once. When its connection is
// lost it comes back after an agent's pauses. Belongs to the I/O thread.
#pragma once

#include "agent/identity.hpp"
#include "agent/pauses.hpp"
#include "agent/spec.hpp"
#include "async/task_group.hpp"
#include "net/websocket.hpp"
#include "reeve_bench/frame_reader.hpp"
#include "reeve_bench/rounds.hpp"
#include "reeve_bench/spec_taker.hpp"

#include <functional>
#include <memory>
#include <string>

namespace reeve::bench {

class BenchAgent {
 public:
  struct Calls {
    std::function<void()> on_current;  // it has what it shall have, once for each connection
    std::function<void()> on_lost;     // an agent that was current is no longer connected
    std::function<void(const Rounds::Exchange&)> on_exchange;
    std::function<void(const std::string& why)> on_failed;  // nothing that trying again mends
  };

  /// What all of them use; it must outlive them.
  struct Shared {
    async::Loop& loop;
    net::Dialer& dialer;
    async::TaskGroup& tasks;
    FrameReader& reader;
    SpecTaker& taker;
    const Calls& calls;
  };

  BenchAgent(agent::Credentials credentials, net::Endpoint link, const Shared& shared);
  BenchAgent(const BenchAgent&) = delete;
  BenchAgent& operator=(const BenchAgent&) = delete;

  /// Until the hello is on its way.
  Task<Result<>> connect();
  void send_heartbeat(const net::Frame& frame);

 private:
  Result<> prepare_tls();
  void say_hello();
  void on_frame(std::string_view frame, net::FrameKind kind);
  void on_welcome(const link::Welcome& welcome);
  void on_spec(const FrameReader::MessagePtr& message, Rounds::Exchange exchange);
  void become_current();
  void lose(const std::string& why);
  /// Tries until it is connected.
  Task<> come_back();
  void fail(const std::string& why);

  agent::Credentials credentials_;
  net::Endpoint link_;
  // Made once: ten thousand real machines would read their keys side by side, on their own cores.
  std::shared_ptr<const net::ClientTls> tls_;
  const Shared& shared_;
  agent::Pauses pauses_;
  sys::SystemClock clock_;
  std::shared_ptr<net::MessageSocket> socket_;  // shared with the I/O it has under way
  HeldSpecPtr held_;
  bool is_current_ = false;
};

}  // namespace reeve::bench
