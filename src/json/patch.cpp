#include "json/patch.hpp"

#include <utility>

namespace reeve::json {

Value merge_patch(Value target, const Value& patch) {
  const Object* changes = patch.if_object();
  if (!changes) return Value(patch, {});
  if (!target.is_object()) target = Object();
  Object& object = target.get_object();
  for (const auto& change : *changes) {
    if (change.value().is_null()) {
      object.erase(change.key());
      continue;
    }
    Value& member = object[change.key()];
    member = merge_patch(std::move(member), change.value());
  }
  return target;
}

namespace {

// What a merge patch can say of a value: the same without null members.
Value without_nulls(const Value& value) { return merge_patch(nullptr, value); }

}  // namespace

Value diff(const Value& before, const Value& after) {
  const Object* from = before.if_object();
  const Object* to = after.if_object();
  if (!from || !to) return without_nulls(after);
  Object patch;
  for (const auto& member : *from)
    if (!to->contains(member.key())) patch[member.key()] = nullptr;
  for (const auto& member : *to) {
    const Value* old = from->if_contains(member.key());
    if (!old) {
      if (!member.value().is_null()) patch[member.key()] = without_nulls(member.value());
    } else if (*old != member.value()) {
      patch[member.key()] = diff(*old, member.value());
    }
  }
  return patch;
}

namespace {

const boost::json::string* fingerprint_in(const Value& value) {
  const Object* object = value.if_object();
  if (!object || object->size() != 1) return nullptr;
  const Value* fingerprint = object->if_contains("fingerprint");
  return fingerprint ? fingerprint->if_string() : nullptr;
}

}  // namespace

void restore_secrets(Value& incoming, const Value& stored,
                     const std::function<std::string(std::string_view secret)>& fingerprint) {
  if (const auto* given = fingerprint_in(incoming); given && stored.is_string()) {
    const auto& secret = stored.get_string();
    std::string known = fingerprint(std::string_view(secret.data(), secret.size()));
    if (known == std::string_view(given->data(), given->size())) incoming = Value(stored, {});
  } else if (incoming.is_object() && stored.is_object()) {
    for (auto& member : incoming.get_object())
      if (const Value* old = stored.get_object().if_contains(member.key()))
        restore_secrets(member.value(), *old, fingerprint);
  } else if (incoming.is_array() && stored.is_array()) {
    Array& array = incoming.get_array();
    const Array& old = stored.get_array();
    for (std::size_t i = 0; i < array.size() && i < old.size(); ++i)
      restore_secrets(array[i], old[i], fingerprint);
  }
}

}  // namespace reeve::json
