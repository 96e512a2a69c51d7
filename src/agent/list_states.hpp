// How each list fares on this disk: what stands there, what went wrong, when to try again. Pure but
// for the randomness of pauses; domain loop.
#pragma once

#include "agent/pauses.hpp"
#include "discover/publish/publisher.hpp"
#include "link/messages.hpp"
#include "model/on_disk.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace reeve::agent {

struct ListState {
  std::optional<model::ListMark> on_disk;
  std::optional<std::uint64_t> outputs_mark;  // of what is on disk
  std::optional<std::string> error;
  std::vector<std::string> files;  // that stand there
  bool is_removed = false;         // the list's files were to go, and have gone
  std::optional<Pauses> pauses;    // while it fails
  Instant retry_at = Instant::max();
  std::map<std::string, model::HookRun> hooks{};    // by path: the last run, or why there is none
  std::map<std::string, model::FileDrift> drift{};  // by path: the last time
};

class ListStates {
 public:
  ListStates(Pauses::Settings pauses, Randomness randomness)
      : settings_(pauses), randomness_(std::move(randomness)) {}

  /// Whether the list's word is another now.
  bool note(const discover::Published& result, const model::ServiceList& tried, Instant now);
  /// As note(), of what somebody else did to the files. `why_left` is about those that were not put
  /// back.
  bool note_drift(const discover::Published& result, WallTime now,
                  const std::optional<std::string>& why_left);
  void note_hook(const std::string& service, model::HookRun run);
  /// What was said of files that are not among these any more is said no more.
  void keep_files(const std::string& service, const std::vector<std::string>& paths,
                  const std::map<std::string, std::string>& hooked);
  void forget(const std::string& service) { states_.erase(service); }

  const ListState& of(const std::string& service) const;
  link::ListWord word(const std::string& service) const;

  std::vector<std::string> due(Instant now) const;
  Instant next_retry() const;
  /// Every list that was tried is there.
  bool is_all_well() const { return next_retry() == Instant::max(); }

 private:
  Pauses::Settings settings_;
  Randomness randomness_;
  std::map<std::string, ListState> states_;  // by service uid
};

}  // namespace reeve::agent
