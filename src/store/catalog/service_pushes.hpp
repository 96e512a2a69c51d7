// What people pushed of one service by hand: which node shall have which revision's content.
// Immutable; any thread.
#pragma once

#include "model/service.hpp"
#include "store/catalog/document.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace reeve::store {

using ContentPart = std::shared_ptr<const Document<model::StoredContent>>;
using PushPart = std::shared_ptr<const Document<model::StoredPush>>;

/// A revision as somebody gets it.
struct PushedContent {
  std::uint64_t revision = 0;
  Revision pushed = 0;  // the commit that brought it to him
  ContentPart content;

  bool operator==(const PushedContent& other) const {
    return revision == other.revision && pushed == other.pushed;
  }
};

class ServicePushes {
 public:
  /// In any order; a content for each revision that they name.
  ServicePushes(std::vector<PushPart> records, std::map<std::uint64_t, ContentPart> contents);

  /// In their order, the newest last.
  const std::vector<PushPart>& records() const { return records_; }
  const std::map<std::uint64_t, ContentPart>& contents() const { return contents_; }

  /// The record that counts for the node of this name, whatever its case; or null.
  const PushPart* for_node(std::string_view node) const;
  /// The one that counts for whoever is not named, or null.
  const PushPart* for_all() const;
  /// Whether a push to single nodes counts for the node of this folded name.
  bool is_named(const std::string& folded) const { return by_node_.contains(folded); }
  /// Whether all nodes have the same.
  bool is_alike_for_all() const { return by_node_.empty(); }
  /// `record` is one of the records.
  PushedContent content_of(const PushPart& record) const;

  /// The commit of the newest; 0: there is none.
  Revision modified() const { return modified_; }

 private:
  std::vector<PushPart> records_;
  std::map<std::uint64_t, ContentPart> contents_;
  std::unordered_map<std::string, std::size_t> by_node_;  // folded name → place in the records
  std::optional<std::size_t> for_all_;
  Revision modified_ = 0;
};

}  // namespace reeve::store
