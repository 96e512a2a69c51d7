#include "store/catalog/service_pushes.hpp"

#include "base/check.hpp"
#include "model/name.hpp"

#include <algorithm>

namespace reeve::store {

ServicePushes::ServicePushes(std::vector<PushPart> records,
                             std::map<std::uint64_t, ContentPart> contents)
    : records_(std::move(records)), contents_(std::move(contents)) {
  std::ranges::sort(records_, {}, [](const PushPart& record) { return record->value.order; });
  for (std::size_t i = 0; i < records_.size(); ++i) {
    const auto& record = *records_[i];
    CHECK(contents_.contains(record.value.revision));
    modified_ = std::max(modified_, record.modified);
    if (!record.value.nodes) {
      for_all_ = i;
      by_node_.clear();  // what was pushed to all is what those named before have too
      continue;
    }
    for (const auto& node : *record.value.nodes) by_node_[model::fold(node)] = i;
  }
}

const PushPart* ServicePushes::for_node(std::string_view node) const {
  if (by_node_.empty()) return for_all();
  auto found = by_node_.find(model::fold(node));
  return found == by_node_.end() ? for_all() : &records_[found->second];
}

const PushPart* ServicePushes::for_all() const { return for_all_ ? &records_[*for_all_] : nullptr; }

PushedContent ServicePushes::content_of(const PushPart& record) const {
  auto revision = record->value.revision;
  return {revision, record->modified, contents_.at(revision)};
}

}  // namespace reeve::store
