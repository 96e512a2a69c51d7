// One agent of the bench: speaks the real link over a real connection, decodes and checks what
// comes as an agent does, keeps it in memory only, and answers at once. When its connection is
// lost it comes back after an agent's pauses. Belongs to the agents' thread.
#pragma once

#include "agent/identity.hpp"
#include "agent/pauses.hpp"
#include "reeve_bench/frame_reader.hpp"
#include "reeve_bench/link_socket.hpp"
#include "reeve_bench/rounds.hpp"
#include "reeve_bench/spec_taker.hpp"

#include <functional>
#include <memory>
#include <string>

namespace reeve::bench {

class BenchAgent final : LinkSocket::Owner {
 public:
  struct Calls {
    std::function<void()> on_connected;  // it has said hello
    std::function<void()> on_current;    // it has what it shall have, once for each connection
    std::function<void()> on_lost;       // an agent that was current is no longer connected
    std::function<void(const Rounds::Exchange&)> on_exchange;
    std::function<void(const std::string& why)> on_failed;  // nothing that trying again mends
  };

  /// What all of them use; it must outlive them.
  struct Shared {
    Epoll& epoll;
    FrameReader& reader;
    SpecTaker& taker;
    const Calls& calls;
  };

  BenchAgent(agent::Credentials credentials, net::Endpoint link, const Shared& shared);
  BenchAgent(const BenchAgent&) = delete;
  BenchAgent& operator=(const BenchAgent&) = delete;

  void connect();
  void send_heartbeat(std::string_view frame);

 private:
  Result<> prepare_tls();
  Result<> dial();
  void on_open() override;
  void on_text(std::string_view text) override;
  void on_closed(const std::string& why) override;
  void take_spec(const FrameReader::MessagePtr& message, Rounds::Exchange exchange);
  void become_current();
  void fail(const std::string& why);

  agent::Credentials credentials_;
  net::Endpoint link_;
  // Made once: ten thousand real machines would read their keys side by side, on their own cores.
  std::shared_ptr<const net::ClientTls> tls_;
  const Shared& shared_;
  agent::Pauses pauses_;
  sys::SystemClock clock_;
  std::unique_ptr<LinkSocket> socket_;
  HeldSpecPtr held_;
  bool was_connected_ = false;
  int failed_tries_ = 0;  // of the first connection
  bool is_current_ = false;
};

}  // namespace reeve::bench
