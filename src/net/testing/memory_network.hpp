// A network in memory for tests in virtual time: pairs of MessageSockets on one loop, and a Dialer
// that makes them, with faults on demand. With a VirtualLoop a manager and many agents run in one
// test, deterministically. The loop's thread only.
#pragma once

#include "async/loop.hpp"
#include "net/websocket.hpp"

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <utility>

namespace reeve::net::testing {

class MemorySocket;

/// What lies between the two ends of a pair, and what befalls it.
class Wire {
 public:
  /// From now on each message takes this long, one behind the other; either direction.
  void set_delay(Duration delay);
  /// Messages wait (true) and then go on in order (false); nobody notices, as with a dead router.
  void stall(bool stalled);
  /// Both ends see the connection break now; what is under way is lost.
  void cut(std::string reason = "connection reset");
  bool is_open() const;

 private:
  friend class MemorySocket;
  friend struct SocketPair make_socket_pair(async::Loop&, Peer, Peer, SocketSettings);
  std::weak_ptr<MemorySocket> client_, server_;
  Duration delay_{};
  bool stalled_ = false;
};

struct SocketPair {
  std::shared_ptr<MessageSocket> client, server;
  std::shared_ptr<Wire> wire;
};

/// `client_peer` is whom the client sees (the server), `server_peer` whom the server sees.
SocketPair make_socket_pair(async::Loop& loop, Peer client_peer = {}, Peer server_peer = {},
                            SocketSettings settings = {});

class MemoryNetwork {
 public:
  /// Answers a dial like Response::upgrade would: takes the server's end, or refuses with an error.
  using Accept =
      std::function<Result<>(std::shared_ptr<MessageSocket> server, const DialRequest& request)>;

  explicit MemoryNetwork(async::Loop& loop) : loop_(loop) {}

  void listen(Endpoint at, Accept accept);
  void stop_listening(const Endpoint& at);

  /// A dialer for one machine; the server sees `as`.
  std::unique_ptr<Dialer> dialer(Peer as);

  /// While false, dials time out and what stands is stalled.
  void set_reachable(const std::string& client_identity, bool reachable);
  /// Cuts every standing connection of that client.
  void cut(const std::string& client_identity);
  /// For connections made from now on.
  void set_delay(Duration delay) { delay_ = delay; }

 private:
  friend class MemoryDialer;
  Task<Result<std::shared_ptr<MessageSocket>>> dial(Peer as, DialRequest request);

  struct Machine {
    bool is_reachable = true;
    std::list<std::weak_ptr<Wire>> wires;
  };

  async::Loop& loop_;
  Duration delay_{};
  std::map<std::string, Accept> listeners_;  // by Endpoint::to_string()
  std::map<std::string, Machine> machines_;  // by Peer::identity
};

}  // namespace reeve::net::testing
