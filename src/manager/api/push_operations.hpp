// Push operations: each watches until every target's agent has said that what was pushed is on its
// disk, or why not. A target that is pushed something else meanwhile, or is no subscriber any more,
// is waited for no longer. What is seen is written into the operation's document now and then, and
// at the end; operations that a restart interrupted are taken up again. Domain loop.
#pragma once

#include "async/notifier.hpp"
#include "async/task_group.hpp"
#include "manager/editor.hpp"
#include "manager/fleet.hpp"
#include "store/catalog/catalog.hpp"
#include "sys/clock.hpp"

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace reeve::manager::api {

class PushOperations {
 public:
  static constexpr Duration kDeadline = std::chrono::seconds(60);
  /// An error that stood before the push may be about an older list: the agent has so long to
  /// speak.
  static constexpr Duration kGrace = std::chrono::seconds(5);
  static constexpr Duration kSavePause = std::chrono::milliseconds(500);

  /// All must outlive this; fleet and catalog must not tell of changes after this has ended.
  PushOperations(async::Loop& domain, const sys::Clock& clock, store::Store& store,
                 store::Catalog& catalog, Fleet& fleet, Editor& editor);
  PushOperations(const PushOperations&) = delete;
  PushOperations& operator=(const PushOperations&) = delete;

  /// After the catalog has started.
  void resume();

  struct Order {
    std::string kind;  // "push"
    std::shared_ptr<const store::ServiceEntry> service;
    std::uint64_t revision = 0;
    std::vector<std::string> targets;  // names of nodes
    Edit edit;                         // what gives the revision to them, if they have it not yet
    json::Object audit;                // what the audit shall say beyond revision and operation
  };
  /// Commits the order's edit with the operation, and answers that as it begins. `conflict` when a
  /// guard does not hold: decide anew.
  Task<Result<model::Operation>> start(Actor actor, Order order);

  /// What is newer than the stored document; null unless the operation runs.
  const model::Operation* running(const std::string& uid) const;

  /// `conflict` if it does not run.
  Task<Result<model::Operation>> cancel(Actor actor, std::string uid);

  /// Leaves what runs to the next start.
  Task<Result<>> stop(Duration limit) { return tasks_.stop(limit); }

 private:
  struct Target {
    std::size_t result = 0;     // its place in the results
    std::uint64_t version = 0;  // to be applied, or a later one
    AskedList wanted{};         // as it is asked for now
  };
  struct Push {
    explicit Push(async::Loop& loop) : changed(loop) {}
    model::Operation operation;
    std::string service_uid;
    std::string service_name;               // folded
    std::set<std::string> names;            // of the targets, folded
    std::uint64_t version = 0;              // to be applied where any later revision will do, too
    std::map<std::string, Target> by_node;  // by uid; those that have joined
    std::size_t left = 0;                   // results that still run
    Instant deadline, grace_end, next_save;
    bool has_news = false;
    bool is_moved = false;       // the service or its subscribers are others than last looked at
    bool is_cancelling = false;  // its last word is on its way to the store
    bool is_settled = false;     // nothing more to write
    async::Notifier changed;
  };
  using PushPtr = std::shared_ptr<Push>;  // shared by the map and the task that follows it

  static model::Operation operation_of(const Actor& actor, const Order& order, WallTime now);
  PushPtr make(model::Operation operation) const;
  void begin(const PushPtr& push);
  Task<> follow(PushPtr push);
  Task<bool> save(PushPtr push);
  /// Who of the targets is still to have it, and in which version.
  void review(Push& push) const;
  void look(Push& push, bool counts_errors);
  void look_at(Push& push, const std::string& node, const Target& target, bool counts_errors);
  /// Why nothing comes of a target for now, whose node has not joined (none) or is not there.
  std::optional<std::string> absence(const std::string* node) const;
  /// On those that are not there, or on all.
  void give_up(Push& push, bool on_all);
  void finish_if_over(Push& push);
  void on_fleet_change(const Fleet::Change& change);
  void on_catalog_change(const store::Touched& touched);
  static bool concerns(const store::Touched& touched, const Push& push);

  async::Loop& domain_;
  const sys::Clock& clock_;
  store::Store& store_;
  store::Catalog& catalog_;
  Fleet& fleet_;
  Editor& editor_;
  async::TaskGroup tasks_;
  std::map<std::string, PushPtr> running_;
};

}  // namespace reeve::manager::api
