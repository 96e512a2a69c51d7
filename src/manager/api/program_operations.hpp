// What people ask of processes, as operations: the agents are asked, and each process' outcome is a
// result. An agent is asked once; when the manager is stopped or killed meanwhile nobody hears what
// it answers, so that the next start ends the operation and says so. Domain loop.
#pragma once

#include "async/task_group.hpp"
#include "manager/api/context.hpp"
#include "manager/editor.hpp"
#include "model/program.hpp"
#include "store/catalog/catalog.hpp"

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace reeve::manager::api {

class ProgramOperations {
 public:
  /// Of one operation.
  static constexpr std::size_t kMostResults = 10'000;
  /// Nodes that are asked at a time, over all operations.
  static constexpr std::size_t kMostAsked = 256;

  /// All must outlive this.
  ProgramOperations(async::Loop& domain, const sys::Clock& clock, store::Store& store,
                    store::Catalog& catalog, Editor& editor, const AskAgent& ask);
  ProgramOperations(const ProgramOperations&) = delete;
  ProgramOperations& operator=(const ProgramOperations&) = delete;

  /// After the catalog has started: ends what a restart interrupted.
  void resume();

  struct NodeOrder {
    std::string node;  // uid
    std::string name;
    std::vector<std::string> processes;
  };
  struct Order {
    model::Verb verb = model::Verb::start;
    model::Signal signal{};
    std::string program;  // uid
    std::string name;
    std::uint64_t epoch = 0;
    std::uint64_t version = 0;  // the store revision that last changed it
    std::uint32_t numprocs = 1;
    Duration limit{};  // for each process
    std::vector<NodeOrder> nodes;
  };
  /// Answers the operation as it begins, which is in the store and in the audit then.
  Task<Result<model::Operation>> start(Actor actor, Order order);

  /// What is newer than the stored document; null unless the operation runs.
  const model::Operation* running(const std::string& uid) const;

  /// Nobody waits any more; what the agents do is not taken back. `conflict` if it does not run.
  Task<Result<model::Operation>> cancel(Actor actor, std::string uid);

  Task<Result<>> stop(Duration limit) { return tasks_.stop(limit); }

 private:
  struct Run {
    model::Operation operation;
    Order order;
    std::map<std::string, std::size_t> results;  // by target
    std::size_t left = 0;                        // nodes
    bool is_cancelling = false;                  // its last word is on its way to the store
    bool is_over = false;
  };
  using RunPtr = std::shared_ptr<Run>;  // shared by the map and its tasks

  static std::string target_of(const Order& order, const std::string& node,
                               const std::string& process);
  RunPtr make(const Actor& actor, Order order) const;
  Task<> ask_node(RunPtr run, std::size_t at);
  Task<> finish(RunPtr run);
  Task<> end_interrupted(std::vector<std::string> uids);
  void note(Run& run, const NodeOrder& node, const Result<std::string>& answer);

  async::Loop& domain_;
  const sys::Clock& clock_;
  store::Store& store_;
  store::Catalog& catalog_;
  Editor& editor_;
  const AskAgent& ask_;
  async::Notifier has_room_;
  async::TaskGroup tasks_;
  std::size_t asked_ = 0;
  std::map<std::string, RunPtr> running_;
};

}  // namespace reeve::manager::api
