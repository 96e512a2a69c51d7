// Calls: what the manager asks of this node over the link. Runs each call's handler until it is
// done, its deadline has passed, or nobody waits for it any more; sends its stream as the manager
// reads it, and its answer. Domain loop.
#pragma once

#include "async/notifier.hpp"
#include "async/task_group.hpp"
#include "json/json.hpp"
#include "link/messages.hpp"
#include "link/window.hpp"
#include "net/websocket.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace reeve::agent {

class Calls {
 public:
  /// As many run at a time; more are refused.
  static constexpr std::size_t kMost = 64;

  /// Over the connection that stands; dropped where none does.
  using Send = std::function<void(net::Frame, net::FrameKind)>;

 private:
  struct Running;

 public:
  /// The stream of one call. Lives as long as its handler runs.
  class Stream {
   public:
    /// Waits until the manager has room for all of it; `cancelled` once the call is to end.
    Task<Result<>> write(std::string bytes);

   private:
    friend class Calls;
    Stream(Calls& calls, Running& running) : calls_(&calls), running_(&running) {}
    Calls* calls_;
    Running* running_;
  };
  /// `arguments` are good until its first wait.
  using Handler = std::function<Task<Result<>>(const json::Value& arguments, Stream stream)>;

  Calls(async::Loop& loop, Send send);
  ~Calls();
  Calls(const Calls&) = delete;
  Calls& operator=(const Calls&) = delete;

  /// Before the first call.
  void add(std::string method, Handler handler);

  /// A call, a cancel or a credit; nothing else is looked at.
  void on_message(const link::Message& message);
  /// The connection has ended: whoever asked hears nothing any more.
  void on_lost();
  Task<Result<>> stop(Duration limit);

  std::size_t running() const;

 private:
  void on_call(const link::Call& call);
  void end(Running& running);
  void forget_ended();
  Task<> run(Running* running, Handler handler, link::Call call);
  void answer(std::uint64_t id, const Result<>& outcome);

  async::Loop& loop_;
  Send send_;
  std::map<std::string, Handler, std::less<>> handlers_;
  std::multimap<std::uint64_t, std::unique_ptr<Running>> running_;  // by id; those of the last
                                                                    // connection may be ending yet
};

}  // namespace reeve::agent
