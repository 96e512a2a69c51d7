// The sessions of all connected agents: greets them, sends what the planner wants them to have,
// tells the fleet what they say, and keeps their leases. Frames are decoded on the I/O loops; all
// else is on the domain loop.
#pragma once

#include "async/inbox.hpp"
#include "async/notifier.hpp"
#include "manager/cluster.hpp"
#include "manager/fleet.hpp"
#include "manager/gateway/deadlines.hpp"
#include "manager/gateway/session.hpp"
#include "manager/gateway/spec_frames.hpp"
#include "manager/node_index.hpp"
#include "manager/notices.hpp"
#include "manager/planner.hpp"
#include "net/websocket.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace reeve::manager {

struct SessionSettings {
  Duration heartbeat = std::chrono::seconds(5);
  Duration lease = std::chrono::seconds(15);
  Duration hello_limit = std::chrono::seconds(10);
  /// After a start no node is declared down for so long.
  Duration grace = std::chrono::seconds(60);
};

class Sessions {
 public:
  /// All must outlive this.
  Sessions(async::Loop& domain, const ClusterIdentity& cluster, store::Catalog& catalog,
           NodeIndex& nodes, Planner& planner, Fleet& fleet, Notices& notices,
           SessionSettings settings = {});
  ~Sessions();
  Sessions(const Sessions&) = delete;
  Sessions& operator=(const Sessions&) = delete;

  /// Takes a connection whose peer is `node`, as its certificate says. Any thread.
  void adopt(std::shared_ptr<net::MessageSocket> socket, std::string node);

  /// Says goodbye to all and waits for the ends of the connections; `timeout` leaves some.
  Task<Result<>> stop(Duration limit);

  std::size_t size() const { return sessions_.size(); }
  /// Frames that were no message, since the start.
  std::uint64_t garbage_count() const { return garbage_; }

 private:
  using Id = std::uint64_t;
  struct Event;

  void take(std::vector<Event> events);
  void on_message(Session& session, const link::Message& message);
  void on_hello(Session& session, const link::Hello& hello);
  void on_applied(Session& session, const link::Applied& applied);
  void on_garbage(Session& session, const Error& error);
  void on_closed(Id id, const std::string& reason);
  Result<> check(const Session& session, const link::Hello& hello);
  bool yields_to_newer(const Session& newer);
  void welcome(Session& session, const link::Hello& hello, std::uint32_t protocol);
  bool is_ahead(const link::Hello& hello) const;
  void push(Session& session);
  void leave(Session& session);
  void dismiss(Session& session, const Error& error);
  void on_nodes(const store::Snapshot& before, const store::Snapshot& after,
                const store::Touched& touched);
  void sweep();
  void end_grace();

  async::Loop& domain_;
  const ClusterIdentity& cluster_;
  store::Catalog& catalog_;
  NodeIndex& nodes_;
  Planner& planner_;
  Fleet& fleet_;
  Notices& notices_;
  SessionSettings settings_;

  std::atomic<Id> next_id_ = 1;
  std::unordered_map<Id, std::unique_ptr<Session>> sessions_;
  std::unordered_map<std::string, Id> greeted_;  // node uid → its session
  Deadlines<Id> hellos_;
  Deadlines<std::string> leases_;  // by node uid; a lost connection does not end a lease
  SpecFrames frames_;
  std::uint64_t garbage_ = 0;
  bool is_stopping_ = false;
  bool is_in_grace_ = true;
  Instant started_;
  WallTime started_at_;
  async::Loop::TimerKey sweep_timer_{};
  Instant sweep_due_{};
  async::Notifier emptied_;
  std::unique_ptr<async::Inbox<Event>> inbox_;
};

}  // namespace reeve::manager
