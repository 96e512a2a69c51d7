// Applier: makes the spec so. Takes specs from the link one at a time: decides what is taken in,
// keeps it on disk, publishes its lists, answers. Tries again what failed. Starts from the disk
// with no manager in sight. Domain loop; what blocks runs on the pool.
#pragma once

#include "agent/hooks/hooks.hpp"
#include "agent/list_states.hpp"
#include "agent/spec.hpp"
#include "agent/spec_store.hpp"
#include "agent/upkeep/repair_budget.hpp"
#include "async/notifier.hpp"
#include "async/task_group.hpp"
#include "discover/publish/publisher.hpp"
#include "link/messages.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace reeve::agent {

struct ApplierCalls {
  /// The answer to the spec that was offered last, once all it says is durable.
  std::function<void(link::Applied)> on_applied;
  /// Words that changed without a spec: a retry that worked, an error that is another now.
  std::function<void(std::vector<link::ListWord>)> on_words;
  /// All programs that this node shall run, at the start and whenever they change.
  std::function<void(const std::map<std::string, HeldProgram>&)> on_programs =
      [](const std::map<std::string, HeldProgram>&) {};
  /// Adds how the program fares.
  std::function<void(link::ProgramWord&)> complete = [](link::ProgramWord&) {};
  /// A file has changed whose output names a program; on_hook() hears how that went.
  std::function<void(HookWish)> want_hook = [](const HookWish&) {};
  /// The service's files are these from now on; none: it has gone, and its programs with it.
  std::function<void(const std::string&, const std::vector<std::string>&)> on_files =
      [](const std::string&, const std::vector<std::string>&) {};
};

struct ApplierSettings {
  std::string cluster;
  Pauses::Settings retries{std::chrono::seconds(1), std::chrono::seconds(30)};
  Randomness randomness = system_randomness();
};

/// Which spec is here, for a hello.
struct SpecMark {
  std::uint64_t epoch = 0;
  std::uint64_t version = 0;
  std::string digest;
};

class Applier {
 public:
  /// All must outlive this.
  Applier(async::Loop& loop, async::BlockingPool& pool, SpecStore& store,
          discover::Publisher& publisher, ApplierSettings settings, ApplierCalls calls);
  Applier(const Applier&) = delete;
  Applier& operator=(const Applier&) = delete;

  /// Reads what is kept, before start().
  Task<Result<>> load();
  /// Publishes what is held, then takes what is offered.
  void start();
  Task<Result<>> stop(Duration limit);

  void offer(link::Spec spec);
  /// The link is lost: what was offered is not answered any more, and dropped if not begun.
  void abandon();

  /// Nothing while a spec is being taken in: then nobody can say what the next hello's manager
  /// should build on, and asking for everything is always right.
  std::optional<SpecMark> mark() const;
  /// The files of these services may have been changed by somebody else.
  void suspect(const std::set<std::string>& services);
  void on_hook(const HookWish& wish, model::HookRun run);

  /// One for each list.
  std::vector<link::ListWord> words() const;
  /// What it runs by, and why not by what came last; how it fares is not ours to know.
  link::ProgramWord program_word(const std::string& uid) const;
  /// One for each program.
  std::vector<link::ProgramWord> program_words() const;
  /// Nothing is under way or waiting, and every list is on the disk.
  bool is_settled() const;

  const HeldSpec& spec() const { return held_; }
  const ListState& state(const std::string& service) const { return states_.of(service); }

 private:
  using Lists = std::vector<std::shared_ptr<const model::ServiceList>>;
  /// Uids that a spec brings something of.
  struct Asked {
    std::vector<std::string> services;
    std::vector<std::string> programs;
    bool has_programs = false;  // it speaks of programs at all
  };
  /// What was not taken in.
  struct Refusals {
    std::vector<link::ListWord> lists;
    std::vector<link::ProgramWord> programs;
  };
  static Asked asked_by(const link::Spec& spec);

  Task<> run();
  Task<> take_in(link::Spec spec);
  Task<> make_so(SpecChange change);
  Task<bool> do_next();
  Instant next_work() const;
  Task<bool> keep(std::shared_ptr<const SpecSave> save);
  Task<> fall_back_to_disk();
  void adopt(const SpecSave& save);
  void note_refused(const Asked& asked, SpecChange& change, bool is_whole);
  Refusals refuse(const Asked& asked, const Error& why) const;
  Refusals take_refusals(SpecChange& change) const;

  Task<std::vector<discover::Publication>> plan(Lists lists);
  Task<> publish(std::vector<std::string> services);
  Task<> publish_all();
  Task<std::vector<link::ListWord>> write(std::vector<discover::Publication> publications);
  void name_own_files(std::vector<discover::Publication>& publications);
  void note_files(const discover::Published& result);
  bool note_drift(const discover::Published& result);

  Task<> look_at_hooked();
  Task<> look(std::vector<std::string> services);
  Task<> save_marks();
  link::ListWord word(const std::string& service) const;
  SpecSave prepare(SpecChange change, const std::vector<discover::Publication>& publications) const;

  link::Applied answer(const Asked& asked, const Refusals& refusals) const;
  void tell_unkept(const SpecSave& save, const Error& why);
  void tell(std::vector<link::ListWord> words);

  async::Loop& loop_;
  async::BlockingPool& pool_;
  SpecStore& store_;
  discover::Publisher& publisher_;
  ApplierSettings settings_;
  ApplierCalls calls_;

  HeldSpec held_;
  ListStates states_;
  std::deque<link::Spec> offered_;
  std::uint64_t offer_ = 0;  // rises when the link is lost: older offers are not answered
  bool is_taking_in_ = false;
  bool is_idle_ = false;
  std::map<std::string, Instant> suspects_;  // services, and when to look at their files
  RepairBudget repairs_;
  std::set<std::string> unsaved_;  // services whose kept entries are to be written again
  Instant save_at_ = Instant::min();
  async::Notifier changed_;
  async::TaskGroup tasks_;
};

}  // namespace reeve::agent
