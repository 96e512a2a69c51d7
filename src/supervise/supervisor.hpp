// The agent's side of supervising: takes the programs that this node shall run, keeps the keeper
// told, and knows how each process fares. What people stopped is on the disk before the keeper
// hears of it. The keeper is started where there is something to run, and outlives this process.
// Loop thread only; what blocks goes to the pool.
#pragma once

#include "async/call.hpp"
#include "async/notifier.hpp"
#include "async/task_group.hpp"
#include "base/result.hpp"
#include "model/process.hpp"
#include "model/program.hpp"
#include "supervise/keeper_client.hpp"
#include "supervise/log_reader.hpp"
#include "supervise/orders.hpp"
#include "supervise/plan.hpp"
#include "supervise/resolve.hpp"
#include "supervise/stopped.hpp"
#include "sys/files.hpp"

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace reeve::supervise {

struct SupervisorSettings {
  std::filesystem::path keeper_folder{};   // <data>/keeper
  std::filesystem::path keeper_program{};  // reeve-keeper
  std::filesystem::path state_folder{};    // where stopped.json lies; exists
  ResolveSettings resolve{};
};

/// How one program fares on this node.
struct ProgramState {
  std::string uid;
  std::string name;
  std::uint64_t revision = 0;
  std::uint64_t version = 0;
  std::optional<std::string> error{};  // why it does not run as stated
  std::vector<model::ProcessStatus> processes{};
};

struct SupervisorCalls {
  /// These programs, by uid, fare otherwise than before; at most every kTellAfter. One that
  /// state() no longer knows is gone from the node, with all its processes.
  std::function<void(const std::set<std::string>&)> on_change;
};

using Programs = std::vector<std::shared_ptr<const model::PlacedProgram>>;

class Supervisor {
 public:
  static constexpr Duration kTellAfter = std::chrono::milliseconds(50);

  /// All must outlive this.
  Supervisor(async::Loop& loop, async::BlockingPool& pool, sys::Files& files,
             SupervisorSettings settings, SupervisorCalls calls);
  ~Supervisor();

  /// What people stopped. Before start(), once.
  Task<Result<>> load();
  void start();
  /// Those under way fail; what was asked of the keeper goes on.
  void end_orders();
  /// Programs go on.
  Task<Result<>> stop(Duration limit);
  /// The other end: all programs are stopped, then the keeper ends. `timeout` where some live on.
  Task<Result<>> end_programs(Duration limit);

  /// All that this node shall run, in place of what it should before. Until it has been said once
  /// nothing is done to the processes that are there.
  void want(const Programs& programs);

  /// `done` is called once, later: when the process is where it was wanted or has failed to get
  /// there; `not_found` for a process that no program here has.
  void act(model::Verb verb, const std::string& process, int signal, Duration limit,
           std::function<void(Result<>)> done);

  /// Calls on_change now with what it would be called with within kTellAfter.
  void tell_now();

  std::optional<ProgramState> state(const std::string& uid) const;
  std::vector<ProgramState> states() const;
  /// Where this process' output lies; `not_found` if there is no such process, `conflict` where it
  /// is not kept.
  Result<LogPlace> log_of(const std::string& process, model::OutputStream stream) const;

  /// Whether everything is as it shall be, as far as that can be.
  bool is_settled() const;

 private:
  struct Held {
    std::shared_ptr<const model::PlacedProgram> program;
    bool is_resolved = false;
    std::optional<std::string> error{};
    std::vector<ResolvedProcess> processes{};
  };
  struct Resolution;

  Task<> run();
  Task<> work();
  Task<> resolve_all();
  Task<Result<>> connect();
  Task<Result<>> wait_until_it_listens(Instant deadline);
  Task<Result<>> greet();
  Task<> list_all();
  Task<> begin_orders();
  void refuse_orders(const std::string& program, const std::string& why);
  Task<> forget_stops();
  Task<Result<>> keep_stopped(Names stopped);
  void send_order(const std::shared_ptr<Order>& order);
  void fetch_dirty();
  void take(const keeper::Report& report);
  void forget(const std::string& process);
  void on_events(const std::vector<keeper::Event>& events);
  void on_lost(const Error& why);

  void settle();
  void carry_out(const Step& step);
  void on_answer(const Step& step, const Result<keeper::Answer>& answer);
  std::map<std::string, Wanted> wanted() const;
  std::set<std::string> kept() const;
  bool has_work() const;
  bool is_settle_due() const;
  bool are_orders_due() const;
  bool wants_keeper() const;

  void tell(const std::string& uid);
  void tell_of(const std::string& process);
  void tell_all();
  const ResolvedProcess* find_process(const std::string& process) const;
  const Held* owner_of(const std::string& process) const;

  async::Loop& loop_;
  async::BlockingPool& pool_;
  sys::Files& files_;
  SupervisorSettings settings_;
  SupervisorCalls calls_;
  KeeperClient client_;
  Orders orders_;
  async::Notifier changed_;
  async::TaskGroup tasks_;

  std::map<std::string, Held> held_;           // by uid
  std::map<std::string, std::string> owners_;  // uid by process
  /// uid by process of programs that are leaving, until their processes are gone.
  std::map<std::string, std::string> leaving_;
  Names stopped_;
  std::vector<std::shared_ptr<Order>> new_orders_;

  Reports reports_;
  std::unordered_map<std::uint64_t, std::string> names_;  // process by the keeper's uid for it
  std::set<std::string> dirty_;                           // whose report is to be asked for
  std::map<std::string, std::string> refusals_;           // why the keeper took no spec
  std::size_t under_way_ = 0;                             // requests of settle()
  bool is_told_ = false;                                  // what shall run
  bool is_list_due_ = false;
  bool is_settle_due_ = false;
  bool is_stop_forgotten_ = false;  // of a process that is gone; to be written down
  bool is_ending_ = false;
  std::optional<std::string> trouble_;  // with the keeper itself

  std::set<std::string> to_tell_;
  bool is_telling_ = false;
  async::Loop::TimerKey telling_{};
};

}  // namespace reeve::supervise
