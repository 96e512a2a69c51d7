#include "manager/audit_text.hpp"

#include <map>
#include <optional>
#include <string>
#include <utility>

namespace reeve::manager {
namespace {

using json::Array;
using json::Object;
using json::Value;

std::string identity(const Value& element) {
  const auto* object = element.if_object();
  if (!object || !object->contains("ip") || !object->contains("port")) return {};
  return json::serialize(object->at("ip")) + json::serialize(object->at("port"));
}

std::map<std::string, const Value*> by_identity(const Array& array) {
  std::map<std::string, const Value*> found;
  for (const auto& element : array) found.emplace(identity(element), &element);
  return found;
}

Array without_known(const Array& array, const std::map<std::string, const Value*>& others) {
  Array kept;
  for (const auto& element : array) {
    auto at = others.find(identity(element));
    if (at == others.end() || *at->second != element) kept.push_back(element);
  }
  return kept;
}

void keep_different_elements(Value& before, Value& after) {
  auto old = by_identity(before.get_array());
  auto now = by_identity(after.get_array());
  if (old.contains("") || now.contains("")) return;  // not a list of instances
  Array gone = without_known(before.get_array(), now);
  Array come = without_known(after.get_array(), old);
  before = std::move(gone);
  after = std::move(come);
}

std::size_t text_size(const Value& value) { return json::serialize(value).size(); }

// As much of `value` as `room` bytes hold, which it uses up. Nothing if not even a part fits.
std::optional<Value> part_of(const Value& value, std::size_t& room) {
  auto size = text_size(value);
  if (size <= room) {
    room -= size;
    return value;
  }
  if (const auto* array = value.if_array()) {
    Array kept;
    for (const auto& element : *array) {
      auto cost = text_size(element) + 1;
      if (cost > room) break;
      room -= cost;
      kept.push_back(element);
    }
    return Value(std::move(kept));
  }
  if (const auto* text = value.if_string()) {
    std::string_view view(text->data(), std::min<std::size_t>(text->size(), room / 6));
    room -= room / 6;
    return Value(view);
  }
  return std::nullopt;
}

}  // namespace

void keep_differences(Value& before, Value& after) {
  auto* old = before.if_object();
  auto* now = after.if_object();
  if (!old || !now) return;
  for (auto member = old->begin(); member != old->end();) {
    auto* other = now->if_contains(member->key());
    if (other && *other == member->value()) {
      now->erase(member->key());
      member = old->erase(member);
      continue;
    }
    if (other && other->is_array() && member->value().is_array())
      keep_different_elements(member->value(), *other);
    ++member;
  }
}

Value bounded(Value document, std::size_t most) {
  if (text_size(document) <= most) return document;
  constexpr std::size_t kOverhead = 64;  // the mark, and the braces
  std::size_t room = most - kOverhead;
  Object kept;
  if (const auto* object = document.if_object()) {
    for (const auto& member : *object) {
      auto key = member.key().size() + 4;
      if (key > room) break;
      room -= key;
      auto part = part_of(member.value(), room);
      if (part) kept[member.key()] = std::move(*part);
    }
  }
  kept["truncated"] = true;
  return kept;
}

}  // namespace reeve::manager
