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

const ListState& ListStates::of(const std::string& service) const {
  static const ListState kUntried;
  auto found = states_.find(service);
  return found == states_.end() ? kUntried : found->second;
}

link::ListWord ListStates::word(const std::string& service) const {
  const auto& state = of(service);
  link::ListWord word{service, state.on_disk, state.outputs_mark, state.error, {}, {}};
  if (state.is_removed) word.removed = true;
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
