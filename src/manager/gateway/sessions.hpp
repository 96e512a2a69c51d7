// The sessions of all connected agents: greets them, sends what the planner wants them to have,
// tells the fleet what they say, and keeps their leases. Frames are decoded on the I/O loops; all
// else is on the domain loop.
#pragma once

#include "async/inbox.hpp"
#include "async/notifier.hpp"
#include "manager/cluster.hpp"
#include "manager/fleet.hpp"
#include "manager/gateway/agent_calls.hpp"
#include "manager/gateway/deadlines.hpp"
#include "manager/gateway/session.hpp"
#include "manager/gateway/session_event.hpp"
#include "manager/gateway/spec_frames.hpp"
#include "manager/hold.hpp"
#include "manager/node_index.hpp"
#include "manager/notices.hpp"
#include "manager/planner.hpp"
#include "manager/refusal_log.hpp"
#include "net/websocket.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace reeve::manager {

struct SessionSettings {
  Duration heartbeat = std::chrono::seconds(5);
  Duration lease = std::chrono::seconds(15);
  Duration hello_limit = std::chrono::seconds(10);
  /// An agent that could not take a spec is sent it again so much later.
  Duration retry = std::chrono::seconds(60);
  /// After a start no node is declared down for so long.
  Duration grace = std::chrono::seconds(60);
};

/// What others want to know of; on the domain loop, may be unset.
struct SessionCalls {
  std::function<void(Refusal)> on_refused;
  /// Which CAs a node's agent has on its disk: SHA-256.
  std::function<void(const std::string& node, const std::vector<std::string>& trusts)> on_trusts;
};

class Sessions {
 public:
  /// Made before the catalog starts, after `nodes` and `planner`. All must outlive this.
  Sessions(async::Loop& domain, const ClusterIdentity& cluster, store::Catalog& catalog,
           NodeIndex& nodes, Planner& planner, Fleet& fleet, Notices& notices, Hold& hold,
           SessionSettings settings = {});
  ~Sessions();
  Sessions(const Sessions&) = delete;
  Sessions& operator=(const Sessions&) = delete;

  /// Before the first connection.
  void set_calls(SessionCalls calls) { calls_ = std::move(calls); }

  /// Takes a connection whose peer is `node` (a uid), as its certificate says. Any thread.
  void adopt(std::shared_ptr<net::MessageSocket> socket, std::string node);

  /// Says goodbye to all and waits for the ends of the connections; `timeout` leaves some.
  Task<Result<>> stop(Duration limit);

  /// Asks every agent to renew its certificate: the CAs have changed.
  void want_renewals();

  /// Asks the node's agent for something; `unavailable` where that is not connected.
  Result<AgentCallPtr> call(const std::string& node, AgentAsk ask);
  /// The same for an answer of at most 4 MiB, whole.
  Task<Result<std::string>> ask(std::string node, AgentAsk ask);

  /// Whether the node's agent is connected and has said that it has what it shall have, no more and
  /// no less. Becomes so only in a turn of the loop in which the fleet tells of the node.
  bool is_settled(const std::string& node) const;

  std::size_t size() const { return sessions_.size(); }
  /// Frames that were no message, since the start.
  std::uint64_t garbage_count() const { return garbage_; }
  /// Frames of specs that were put together, since the start.
  std::size_t built_count() const { return frames_.built_count(); }

 private:
  using Id = std::uint64_t;
  using Gatherer = async::Inbox<SessionEvent>::Gatherer;
  static constexpr Duration kSweepPause = std::chrono::seconds(1);
  // Of one node: the last connections may not have ended when an agent comes again.
  static constexpr std::size_t kMostOfNode = 16;
  // Of what an agent says of itself in its own words, in bytes; ours are shorter.
  static constexpr std::size_t kMostWord = 128;
  // What an agent may ask for again: each certificate costs a signature.
  static constexpr Duration kBetweenRenewals = std::chrono::seconds(5);

  /// What hears the connections of one I/O loop; used on that alone.
  struct Ear {
    explicit Ear(std::shared_ptr<Gatherer> g) : gatherer(std::move(g)) {}
    std::shared_ptr<Gatherer> gatherer;
    FrameReader reader;
  };

  /// Of this I/O loop. Any thread.
  std::shared_ptr<Ear> ear_of(async::Loop& loop);
  void take(std::vector<SessionEvent> events);
  void take_one(SessionEvent& event);
  void open(Id id, SessionOpened& opened);
  void on_message(Session& session, const link::Message& message);
  void on_piece(Session& session, const StreamPiece& piece);
  void on_goodbye(Session& session, const link::Goodbye& goodbye);
  void on_closed(Session& session, const std::string& reason);
  /// The last word, then the end; nothing that still comes is heard.
  void dismiss(Session& session, const Error& why);

  // Greeting.
  void on_hello(Session& session, const link::Hello& hello);
  Result<std::uint32_t> check(Session& session, const link::Hello& hello);
  Result<> make_way(const Session& newer);
  void welcome(Session& session, const link::Hello& hello, std::uint32_t protocol);
  /// Holds what must not be pushed to an agent that has what we cannot have given it.
  void note_standing(Session& session, const link::Hello& hello, const std::string& digest);
  void on_ahead(Session& session, std::string why);
  /// Of an agent in doubt; its words about its lists decide.
  void resolve_doubt(Session& session, const std::vector<link::ListWord>& words);
  /// Whether this connection's key is the one that is enrolled for its node.
  Result<> check_key(const Session& session) const;
  void refuse(Session& session, const Error& why);
  void note_clock(Session& session, const std::optional<WallTime>& clock);

  // Certificates.
  void want_renewal_first(Session& session);
  void note_trusts(Session& session, const std::vector<std::string>& trusts);
  void on_renew(Session& session, const link::Renew& renew);
  /// Now, of the wish that waited.
  void renew_late(Id id);
  Result<std::string> certify(Session& session, const link::Renew& renew);

  // Pushing.
  /// What the session's agent shall have, as far as it can take it.
  PlanPtr plan_for(const Session& session) const;
  void push(Session& session);
  void on_applied(Session& session, const link::Applied& applied);
  void take_words(Session& session, std::vector<link::ListWord> words);
  /// Without those about services that are none of the node's: what is kept of an agent's words is
  /// bounded by its plan. In hold all of so many count: what it has beside that is what is asked.
  std::vector<link::ListWord> words_about_its_lists(const Session& session,
                                                    const std::vector<link::ListWord>& words) const;
  /// The same of programs; those that it has been taken from still count.
  std::vector<link::ProgramWord> words_about_its_programs(
      const Session& session, const std::optional<std::vector<link::ProgramWord>>& words) const;
  const std::string& digest_of(const PlanPtr& plan);
  /// Sends the whole spec again to an agent that could not take it.
  void retry(Id id);

  // Leases, and nodes that were removed.
  void sweep();
  /// Uids of those that said nothing for the length of a lease.
  std::vector<std::string> silent_nodes(Instant now) const;
  void lose(const std::string& node);
  void end_grace();
  void on_nodes(const store::Snapshot& before, const store::Touched& touched);

  /// The session that speaks for the node, or null.
  Session* greeted(const std::string& node);
  void forget_greeting(const Session& session);

  async::Loop& domain_;
  const ClusterIdentity& cluster_;
  store::Catalog& catalog_;
  NodeIndex& nodes_;
  Planner& planner_;
  Fleet& fleet_;
  Notices& notices_;
  Hold& hold_;
  SessionSettings settings_;
  SessionCalls calls_;

  std::atomic<Id> next_id_ = 1;
  std::unordered_map<Id, std::unique_ptr<Session>> sessions_;
  std::unordered_map<std::string, std::size_t>
      open_of_;                                        // node uid → its sessions, ending ones too
  std::unordered_map<std::string, Session*> greeted_;  // node uid → the one that speaks for it
  Deadlines<Id> hellos_;                               // of connections that have not said hello
  std::unordered_map<std::string, Instant> lost_;  // node uid → its last word, of nodes that may
                                                   // come back within their lease
  Deadlines<Id> unsettled_;  // of sessions whose agents have another spec than they were sent
  Deadlines<Id> renewals_{kBetweenRenewals};  // of sessions with a wish that waits
  SpecFrames frames_;
  PlanPtr digested_;
  std::string digest_;               // of digested_
  std::vector<std::string> bundle_;  // SHA-256 of the CAs that agents shall trust; empty: look
  std::uint64_t garbage_ = 0;
  bool is_stopping_ = false;
  bool is_in_grace_ = true;
  Instant grace_end_;
  WallTime started_;
  Instant sweep_due_;
  async::Loop::TimerKey sweep_timer_;
  AgentCalls agent_calls_;
  async::Notifier emptied_;
  async::Inbox<SessionEvent> inbox_;
  std::mutex ears_mutex_;
  std::unordered_map<async::Loop*, std::shared_ptr<Ear>> ears_;
};

}  // namespace reeve::manager
