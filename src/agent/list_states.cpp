#include "agent/list_states.hpp"

#include <algorithm>
#include <utility>

namespace reeve::agent {

bool ListStates::note(const discover::Published& result, const model::ServiceList& tried,
                      Instant now) {
  auto& state = states_[result.service];
  auto before_mark = std::pair(state.on_disk, state.outputs_mark);
  auto before_error = std::exchange(state.error, result.error);
  bool was_removed = std::exchange(state.is_removed, result.is_removed);
  state.files.clear();
  for (const auto& [path, digest] : result.files) state.files.push_back(path);
  if (result.error) {
    if (!state.pauses) state.pauses.emplace(settings_, randomness_);
    state.retry_at = now + state.pauses->next();
  } else {
    state.on_disk.reset();
    if (!result.is_removed) state.on_disk = model::ListMark{tried.revision, tried.version};
    state.outputs_mark = tried.outputs_mark;
    state.pauses.reset();
    state.retry_at = Instant::max();
  }
  return before_mark != std::pair(state.on_disk, state.outputs_mark) ||
         before_error != state.error || was_removed != state.is_removed;
}

bool ListStates::note_drift(const discover::Published& result, WallTime now,
                            const std::optional<std::string>& why_left) {
  bool has_changed = false;
  auto& state = states_[result.service];
  for (const auto& [path, digest] : result.files)
    if (auto known = state.drift.find(path);
        known != state.drift.end() && !known->second.repaired) {
      state.drift.erase(known);
      has_changed = true;
    }
  for (const auto& file : result.drifted) {
    model::FileDrift drift{file.path, now, file.is_repaired};
    if (!file.is_repaired) drift.note = why_left;
    auto [known, is_new] = state.drift.try_emplace(file.path, drift);
    bool is_news = is_new || drift.repaired || known->second.repaired;
    if (is_news) known->second = std::move(drift);
    has_changed |= is_news;
  }
  return has_changed;
}

void ListStates::note_hook(const std::string& service, model::HookRun run) {
  auto path = run.file;
  states_[service].hooks.insert_or_assign(std::move(path), std::move(run));
}

void ListStates::keep_files(const std::string& service, const std::vector<std::string>& paths,
                            const std::map<std::string, std::string>& hooked) {
  auto found = states_.find(service);
  if (found == states_.end()) return;
  std::erase_if(found->second.hooks,
                [&](const auto& item) { return !hooked.contains(item.first); });
  std::erase_if(found->second.drift, [&](const auto& item) {
    return std::ranges::find(paths, item.first) == paths.end();
  });
}

const ListState& ListStates::of(const std::string& service) const {
  static const ListState kUntried;
  auto found = states_.find(service);
  return found == states_.end() ? kUntried : found->second;
}

link::ListWord ListStates::word(const std::string& service) const {
  const auto& state = of(service);
  link::ListWord word{service, state.on_disk, state.outputs_mark, state.error, {}};
  if (state.is_removed) word.removed = true;
  for (const auto& [path, run] : state.hooks) {
    if (!word.hooks) word.hooks.emplace();
    word.hooks->push_back(run);
  }
  for (const auto& [path, drift] : state.drift) {
    if (!word.drifted) word.drifted.emplace();
    word.drifted->push_back(drift);
  }
  return word;
}

std::vector<std::string> ListStates::due(Instant now) const {
  std::vector<std::string> services;
  for (const auto& [service, state] : states_)
    if (state.retry_at <= now) services.push_back(service);
  return services;
}

Instant ListStates::next_retry() const {
  auto next = Instant::max();
  for (const auto& [service, state] : states_) next = std::min(next, state.retry_at);
  return next;
}

}  // namespace reeve::agent
