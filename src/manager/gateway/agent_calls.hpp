// What the manager asks of connected agents: calls that go out, and the streams and answers that
// come for them. Who asks holds the call; it reads the stream at its own pace, and letting go of
// the call cancels it at the agent. Domain loop.
#pragma once

#include "async/notifier.hpp"
#include "json/json.hpp"
#include "link/messages.hpp"
#include "link/piece.hpp"
#include "link/window.hpp"
#include "net/websocket.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

namespace reeve::manager {

/// What an agent is asked for.
struct AgentAsk {
  std::string method;
  json::Value arguments = json::Object();
  Duration limit = std::chrono::seconds(5);  // for all of it
  std::uint64_t window = 64 * 1024;          // of its stream, in bytes
};

class AgentCalls;

/// One call under way.
class AgentCall {
 public:
  AgentCall(const AgentCall&) = delete;
  AgentCall& operator=(const AgentCall&) = delete;
  ~AgentCall();

  /// The next piece of the stream, nothing after its good end. `timeout` when the agent does not
  /// answer in time, `unavailable` when its connection ends, else what it says went wrong.
  Task<Result<std::optional<std::string>>> next();

  /// Bytes that came and were not read.
  std::size_t waiting_bytes() const { return waiting_bytes_; }

 private:
  friend class AgentCalls;
  AgentCall(AgentCalls& calls, std::uint64_t id, std::uint64_t session,
            std::shared_ptr<net::MessageSocket> socket, const AgentAsk& ask);
  void send(const link::Message& message);
  Result<> take(std::string_view bytes);
  void end(Result<> outcome);

  AgentCalls& calls_;
  std::uint64_t id_;
  std::uint64_t session_;
  std::shared_ptr<net::MessageSocket> socket_;  // shared with the session, which may end first
  Instant deadline_;
  link::ReceiveWindow window_;
  std::deque<std::string> waiting_;
  std::size_t waiting_bytes_ = 0;
  std::optional<Result<>> end_;
  async::Notifier changed_;
};
using AgentCallPtr = std::unique_ptr<AgentCall>;

class AgentCalls {
 public:
  /// As many to one agent at a time.
  static constexpr std::size_t kMost = 64;

  /// `loop` must outlive this, and this every call.
  explicit AgentCalls(async::Loop& loop) : loop_(loop) {}

  /// Over this session's connection. `too_many` where enough are under way.
  Result<AgentCallPtr> open(std::uint64_t session, std::shared_ptr<net::MessageSocket> socket,
                            AgentAsk ask);

  /// What an agent sends. An error where it sends more than it has credit for; what belongs to no
  /// call, since nobody waits for that any more, is dropped.
  Result<> on_piece(std::uint64_t session, std::uint64_t call, std::string_view bytes);
  void on_answer(std::uint64_t session, const link::Answer& answer);
  void on_session_end(std::uint64_t session);

 private:
  friend class AgentCall;
  AgentCall* find(std::uint64_t session, std::uint64_t call);

  async::Loop& loop_;
  std::uint64_t next_id_ = 1;
  std::unordered_map<std::uint64_t, AgentCall*> open_;
};

/// All of its stream; `too_large` beyond `most` bytes.
Task<Result<std::string>> whole_answer(AgentCallPtr call, std::size_t most);

}  // namespace reeve::manager
