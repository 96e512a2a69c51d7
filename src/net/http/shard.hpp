// Shard: the server's part on one I/O loop: its connections, their timeouts and the handshakes in
// progress. Shared by the server and its connections, which may end in any order at shutdown. The
// loop's thread only, but for construction.
#pragma once

#include "async/task_group.hpp"
#include "net/http/fair_queue.hpp"
#include "net/http/handshake_slots.hpp"
#include "net/server.hpp"
#include "net/stream.hpp"

#include <atomic>
#include <list>
#include <memory>
#include <string>

namespace reeve::net {

class Connection;

/// What all shards of a server share; constant but for the count.
struct ServerCore {
  ServerSettings settings;
  ServerHandlers handlers;
  std::atomic<std::size_t> connection_count = 0;
};

class Shard : public std::enable_shared_from_this<Shard> {
 public:
  Shard(async::Loop& loop, std::shared_ptr<ServerCore> core);

  /// Begins to serve an accepted connection, which has been counted.
  void take(Stream stream, Peer peer, std::shared_ptr<const ServerTls> tls);

  /// Tells an accepted connection that there are too many.
  void turn_away(Stream stream, Peer peer);

  /// Idle connections go, streams end, the others after their answer.
  void finish();
  /// Waits for the connections' ends; cuts those that are left at `deadline` (`timeout` then).
  Task<Result<>> stop(Instant deadline);

  /// Ends every connection now.
  void cut();

  async::Loop& loop() { return loop_; }
  const ServerSettings& settings() const { return core_->settings; }
  const ServerHandlers& handlers() const { return core_->handlers; }
  bool is_finishing() const { return is_finishing_; }
  std::string next_request_id();

  // For Connection alone.
  void handshake_ended(const Endpoint& peer);
  std::list<Connection*>& connections() { return connections_; }
  void uncount() { --core_->connection_count; }

 private:
  /// Accepted, and not served yet. Shared with the wait for its first byte.
  struct Waiting {
    enum class State {
      silent,  // in silent_; the deadline is for its first byte
      queued,  // in waiting_; the deadline is for its turn
      left,    // started, or given up
    };
    Stream stream;
    Peer peer;
    std::shared_ptr<const ServerTls> tls;
    State state = State::silent;
    Instant deadline{};
    std::list<std::shared_ptr<Waiting>>::iterator place{};  // while silent
  };
  using WaitingPtr = std::shared_ptr<Waiting>;

  void listen_for(WaitingPtr accepted);
  void heard(const WaitingPtr& accepted, const ErrorCode& error);
  void end_silent(Instant now);
  void end_overdue(Instant now);
  void begin_next();
  void give_up(Waiting& accepted);
  void start(Waiting accepted);
  static Task<> run(std::shared_ptr<Connection> connection);
  static Task<> run_turned_away(std::shared_ptr<Connection> connection);
  void sweep_later();
  void sweep();

  async::Loop& loop_;
  std::shared_ptr<ServerCore> core_;
  async::TaskGroup group_;
  std::list<Connection*> connections_;
  std::list<WaitingPtr> silent_;   // have said nothing yet; by deadline
  FairQueue<WaitingPtr> waiting_;  // for their turn to shake hands; by origin
  HandshakeSlots handshakes_;
  Duration sweep_interval_;
  bool is_sweeping_ = false;
  bool is_finishing_ = false;
  std::string id_prefix_;
  std::uint32_t next_id_ = 0;
};

}  // namespace reeve::net
