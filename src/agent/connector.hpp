// Connector: keeps the agent connected to a manager. Dials one address after the other, says hello,
// is welcomed, sends heartbeats, hands over what comes, and after each end waits a jittered pause
// and dials again, for ever. Domain loop.
#pragma once

#include "agent/line.hpp"
#include "agent/pauses.hpp"
#include "async/notifier.hpp"
#include "async/task_group.hpp"
#include "link/messages.hpp"
#include "net/tls.hpp"
#include "net/websocket.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace reeve::agent {

struct ConnectorSettings {
  std::vector<net::Endpoint> managers;  // at least one
  std::string cluster;                  // a manager of another is left again
  std::shared_ptr<const net::ClientTls> tls;
  Duration welcome_limit = std::chrono::seconds(15);
  /// A heartbeat that the manager's system does not acknowledge for so long: the way there is gone,
  /// or this machine's address. With the pause between two heartbeats it is one lease.
  Duration unacknowledged_limit = std::chrono::seconds(10);
  Pauses::Settings pauses;
  /// After a refusal that does not pass by itself: a removed node, versions too far apart.
  Duration refused_pause = std::chrono::seconds(60);
  /// What the operator of a node that is shut out can do.
  std::string advice;
  Randomness randomness = system_randomness();
};

/// What happens on the link; all on the domain loop, none may wait.
struct ConnectorCalls {
  std::function<link::Hello()> hello;
  std::function<void(const link::Welcome&)> on_welcome;
  std::function<void(link::Spec)> on_spec;
  std::function<void()> on_lost;  // a welcomed connection has ended
  // The node's certificate; renew() also on a connection that gets no welcome before it is renewed.
  std::function<Result<link::Renew>()> renew;
  std::function<Result<>(const link::Renewed&)> on_renewed;
  std::function<void(const link::RenewalWanted&)> on_renewal_wanted;
  /// A call, or what belongs to one: cancel, credit. Unset: none is answered.
  std::function<void(const link::Message&)> on_call;
};

/// How the link stands, for people.
struct LinkState {
  bool is_connected = false;
  std::string manager;             // the address connected to, or last tried
  WallTime since{};                // of the last change of is_connected; the start at first
  std::optional<std::string> why;  // not connected
  bool is_refused = false;         // and trying again soon does not mend that
};

class Connector {
 public:
  /// `dialer` must outlive this.
  Connector(async::Loop& loop, net::Dialer& dialer, ConnectorSettings settings,
            ConnectorCalls calls);
  Connector(const Connector&) = delete;
  Connector& operator=(const Connector&) = delete;

  void start();
  /// With a goodbye: having heard it, the manager need not wait for the end of the lease.
  Task<Result<>> stop(Duration limit);

  /// Dropped while there is no welcomed connection: what counts is said anew after a welcome.
  void send(const link::Message& message);
  void send(net::Frame frame, net::FrameKind kind);

  /// From the next connection on.
  void use(std::shared_ptr<const net::ClientTls> tls) { settings_.tls = std::move(tls); }
  /// At least one.
  void use(std::vector<net::Endpoint> managers);

  const LinkState& state() const { return state_; }

 private:
  Task<> run();
  Task<> say_goodbye(Instant deadline);
  Task<Error> serve(net::Endpoint manager);
  Task<Result<link::Welcome>> greet();
  Task<Error> renew_first();
  Task<Result<link::Message>> next_answer(std::string doing);
  Task<Error> talk(Duration heartbeat);
  std::optional<Error> handle(link::Message message);
  void note_welcome(const link::Welcome& welcome);
  void note_end(const Error& why);
  Duration pause_after(const Error& why);

  async::Loop& loop_;
  net::Dialer& dialer_;
  ConnectorSettings settings_;
  ConnectorCalls calls_;
  Pauses pauses_;
  std::unique_ptr<Line> line_;  // while a connection stands
  LinkState state_;
  bool is_leaving_ = false;
  async::Notifier ended_;  // a connection
  async::TaskGroup tasks_;
};

}  // namespace reeve::agent
