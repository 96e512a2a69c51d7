// Push operations: each watches until every target's agent has said that the service's version is
// on its disk, or why not. What is seen is written into the operation's document now and then, and
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
#include <string>
#include <vector>

namespace reeve::manager::api {

class Pushes {
 public:
  static constexpr Duration kDeadline = std::chrono::seconds(60);
  /// An error that stood before the push may be about an older list: the agent has so long to
  /// speak.
  static constexpr Duration kGrace = std::chrono::seconds(5);
  static constexpr Duration kSavePause = std::chrono::milliseconds(500);
  static constexpr std::size_t kKept = 1000;

  /// All must outlive this; the fleet must not tell of changes after this has ended.
  Pushes(async::Loop& domain, const sys::Clock& clock, store::Store& store, store::Catalog& catalog,
         Fleet& fleet, Editor& editor);
  Pushes(const Pushes&) = delete;
  Pushes& operator=(const Pushes&) = delete;

  /// After the catalog has started.
  void resume();

  /// Answers the operation as it begins. `targets` are names of nodes.
  Task<Result<model::Operation>> start(Actor actor,
                                       std::shared_ptr<const store::ServiceEntry> service,
                                       std::vector<std::string> targets);

  /// What is newer than the stored document; null unless the operation runs.
  const model::Operation* running(const std::string& uid) const;

  /// `conflict` if it does not run.
  Task<Result<model::Operation>> cancel(Actor actor, std::string uid);

  /// Leaves what runs to the next start.
  Task<Result<>> stop(Duration limit) { return tasks_.stop(limit); }

 private:
  struct Push {
    explicit Push(async::Loop& loop) : changed(loop) {}
    model::Operation operation;
    std::string service_uid;
    std::uint64_t version = 0;                   // to be applied
    std::map<std::string, std::size_t> by_node;  // uid → place in the results
    Instant deadline, grace_end, next_save;
    bool has_news = false;
    bool is_settled = false;  // nothing more to write
    async::Notifier changed;
  };
  using PushPtr = std::shared_ptr<Push>;  // shared by the map and the task that follows it

  PushPtr make(model::Operation operation, const store::ServiceEntry* service) const;
  void begin(const PushPtr& push);
  Task<> follow(PushPtr push);
  Task<bool> save(PushPtr push);
  void look(Push& push, bool counts_errors);
  void look_at(Push& push, const std::string& node, std::size_t result, bool counts_errors);
  void give_up(Push& push);
  void finish_if_over(Push& push);
  void on_fleet_change(const Fleet::Change& change);
  std::vector<store::Write> removals_of_oldest() const;

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
