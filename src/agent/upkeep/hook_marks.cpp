#include "agent/upkeep/hook_marks.hpp"

#include <algorithm>
#include <utility>

namespace reeve::agent {
namespace {

bool is_hooked(const model::Output& output) {
  return output.on_change && !output.on_change->empty();
}

HookWish wish_of(const model::ServiceList& list, const model::Output& output, std::string path,
                 std::string digest, bool is_change) {
  return {list.uid,
          list.service,
          std::move(path),
          *output.on_change,
          std::clamp<Duration>(output.debounce.value_or(model::kDebounce), Duration::zero(),
                               model::kLongestDebounce),
          list.revision,
          std::move(digest),
          is_change};
}

}  // namespace

std::vector<std::string> paths_of(const model::ServiceList& list,
                                  const std::vector<std::string>& roots) {
  std::vector<std::string> paths;
  const auto& outputs = list.outputs.empty() ? model::default_outputs() : list.outputs;
  for (const auto& output : outputs)
    if (auto placed = discover::place(output, list.service, roots)) paths.push_back(placed->path);
  return paths;
}

bool has_hooks(const model::ServiceList& list) {
  return std::ranges::any_of(list.outputs, is_hooked);
}

void begin_marks(HeldList& entry, const std::vector<std::string>& roots) {
  auto before = std::exchange(entry.hooked, {});
  for (const auto& output : entry.list->outputs) {
    if (!is_hooked(output)) continue;
    auto placed = discover::place(output, entry.list->service, roots);
    if (!placed) continue;
    auto& mark = entry.hooked[placed->path];
    if (auto known = before.find(placed->path); known != before.end()) {
      mark = std::move(known->second);
    } else if (auto file = entry.files.find(placed->path); file != entry.files.end()) {
      // What was written last; "" among the digests says that nothing may have been.
      mark = file->second.front();
    }
  }
}

std::vector<HookWish> due_hooks(const HeldList& held, const discover::Published& result,
                                const std::vector<std::string>& roots) {
  std::vector<HookWish> wishes;
  if (!has_hooks(*held.list)) return wishes;
  for (const auto& output : held.list->outputs) {
    if (!is_hooked(output)) continue;
    auto placed = discover::place(output, held.list->service, roots);
    if (!placed) continue;
    auto file = result.files.find(placed->path);
    if (file == result.files.end()) continue;
    auto mark = held.hooked.find(placed->path);
    bool has_run = mark != held.hooked.end() && mark->second == file->second;
    bool has_changed = std::ranges::find(result.changed, placed->path) != result.changed.end();
    if (has_changed || !has_run)
      wishes.push_back(wish_of(*held.list, output, placed->path, file->second, has_changed));
  }
  return wishes;
}

}  // namespace reeve::agent
