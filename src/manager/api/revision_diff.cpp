#include "manager/api/revision_diff.hpp"

#include <unordered_map>

namespace reeve::manager::api {
namespace {

using ById = std::unordered_map<std::string, const model::InstanceSpec*>;

ById by_id(const std::vector<model::InstanceSpec>& instances) {
  ById all;
  all.reserve(instances.size());
  for (const auto& instance : instances) all.emplace(instance.id(), &instance);
  return all;
}

}  // namespace

void describe_difference(const model::StoredContent* from, const model::StoredContent& to,
                         const std::string& description, RevisionDiff& diff) {
  static const model::StoredContent nothing;
  const auto& before = from ? *from : nothing;
  auto old = by_id(before.instances);
  auto now = by_id(to.instances);
  for (const auto& instance : to.instances) {
    auto id = instance.id();
    auto had = old.find(id);
    if (had == old.end())
      diff.added.push_back(instance);
    else if (!(*had->second == instance))
      diff.changed.push_back({std::move(id), *had->second, instance});
  }
  for (const auto& instance : before.instances)
    if (!now.contains(instance.id())) diff.removed.push_back(instance);
  auto old_text = from ? before.description.value_or(description) : std::string();
  auto new_text = to.description.value_or(description);
  if (old_text != new_text) diff.description = TextChange{std::move(old_text), std::move(new_text)};
  diff.same = from && !diff.description && diff.added.empty() && diff.removed.empty() &&
              diff.changed.empty();
}

}  // namespace reeve::manager::api
