// The agent's end of the keeper's socket: requests and their answers, specs as sealed memfds, and
// the events of the processes. Nobody waits in line at the keeper: at most kWindow requests are
// under way, the others wait here. Loop thread only.
#pragma once

#include "async/readable.hpp"
#include "async/task_group.hpp"
#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "keeper/protocol.hpp"

#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace reeve::supervise {

class KeeperClient {
 public:
  static constexpr std::size_t kWindow = 32;

  struct Calls {
    std::function<void(const std::vector<keeper::Event>&)> on_events;
    /// Events were missed: ask for everything.
    std::function<void()> on_gap;
    /// The connection has ended without close(); what was under way has failed before.
    std::function<void(const Error&)> on_lost;
  };
  /// `unavailable` when the connection ends first; what the keeper refuses is `invalid`.
  using Done = std::function<void(Result<keeper::Answer>)>;
  using Listed = std::function<void(Result<std::vector<keeper::Report>>)>;

  KeeperClient(async::Loop& loop, Calls calls);
  /// stop() has been called.
  ~KeeperClient() = default;
  KeeperClient(const KeeperClient&) = delete;
  KeeperClient& operator=(const KeeperClient&) = delete;

  /// `unavailable` while nobody listens there. Does not block.
  Result<> connect(const std::filesystem::path& folder);
  bool is_connected() const { return line_ != nullptr; }

  /// `done` is called once, never before this returns. With a spec the request brings it.
  void ask(keeper::Request request, Done done, std::string spec = {});
  /// Of one process, or of all without a name.
  void list(std::string name, Listed done);
  /// The same for a task that waits; `cancelled` when it is.
  Task<Result<keeper::Answer>> ask(keeper::Request request);
  Task<Result<std::vector<keeper::Report>>> list_all();

  /// What is under way fails; on_lost is not called.
  void close();
  Task<Result<>> stop(Duration limit);

 private:
  struct Line {
    Line(async::Loop& loop, UniqueFd socket) : fd(std::move(socket)), readable(loop, fd.get()) {}
    UniqueFd fd;
    async::Readable readable;
  };
  struct Asked {
    keeper::Request request;
    std::string spec;
    Done done;
    Listed listed;
    std::vector<keeper::Report> reports{};
  };

  void enqueue(Asked asked);
  void send_waiting();
  Task<> read(std::shared_ptr<Line> line);
  void drain(std::shared_ptr<Line> line);
  void take(keeper::Told told);
  void end(Error why);
  static void finish(Asked asked, Result<keeper::Answer> answer);

  async::Loop& loop_;
  Calls calls_;
  async::TaskGroup tasks_;
  std::shared_ptr<Line> line_;
  std::deque<Asked> waiting_;
  std::map<std::int64_t, Asked> under_way_;  // by id
  std::int64_t last_id_ = 0;
};

}  // namespace reeve::supervise
