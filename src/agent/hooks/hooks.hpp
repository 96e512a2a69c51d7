// Hooks: runs the programs that outputs name in `on_change`, after their files have changed. Waits
// for the debounce, one run at a time for each file, a change during a run is one more run, and one
// that failed is tried again, ever more rarely. Holds nothing up: who writes files never waits for
// it. Domain loop.
#pragma once

#include "agent/hooks/command.hpp"
#include "agent/hooks/rule.hpp"
#include "agent/pauses.hpp"
#include "async/notifier.hpp"
#include "async/task_group.hpp"
#include "model/on_disk.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace reeve::agent {

/// A file has changed, and its output names a program.
struct HookWish {
  std::string uid;  // of the service
  std::string service;
  std::string file;  // its path
  std::vector<std::string> argv;
  Duration debounce{};
  std::uint64_t revision = 0;
  std::string digest;     // of what the file holds
  bool is_change = true;  // the file was just written; else a run for what it holds is still owed
};

struct HookSettings {
  std::vector<HookRule> allowed;
  Pauses::Settings retries{std::chrono::seconds(5), std::chrono::minutes(5)};
  Randomness randomness = system_randomness();
};

class Hooks {
 public:
  /// As many programs run at a time.
  static constexpr std::size_t kMost = 4;

  using Run = std::function<Task<HookEnd>(HookCommand)>;
  /// How a wish's run went; the wish is the one that it served.
  using Listener = std::function<void(const HookWish&, model::HookRun)>;

  /// `loop` must outlive this.
  Hooks(async::Loop& loop, HookSettings settings, Run run, Listener on_run);
  Hooks(const Hooks&) = delete;
  Hooks& operator=(const Hooks&) = delete;

  /// The newest wish for a file counts. One that is no change asks for nothing more than the run
  /// of the same program for the same revision that waits or is under way.
  void want(HookWish wish);
  /// Nothing of this service's is run any more, but what runs now.
  void forget(const std::string& uid);
  /// Nothing waits or runs.
  bool is_idle() const { return entries_.empty(); }
  Task<Result<>> stop(Duration limit);

 private:
  using Key = std::pair<std::string, std::string>;  // uid, file
  struct Entry {
    HookWish wish;
    Instant due{};
    Pauses pauses;
    bool is_wanted = true;
    bool is_forgotten = false;
  };

  Task<> serve(Key key);
  Task<bool> wait_for_turn(const Entry* entry);
  Task<> run_once(Entry* entry);
  void tell(const HookWish& wish, HookEnd end, bool has_run);

  async::Loop& loop_;
  HookSettings settings_;
  Run run_;
  Listener on_run_;
  std::map<Key, Entry> entries_;
  std::size_t running_ = 0;
  async::Notifier changed_;
  async::TaskGroup tasks_;
};

}  // namespace reeve::agent
