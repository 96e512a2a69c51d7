#include "json/schema.hpp"

#include "base/check.hpp"

#include <cmath>

namespace reeve::json {

namespace {

void put_text(Object& schema, std::string_view key, std::string_view text) {
  if (!text.empty()) schema[key] = text;
}

// A bound as the kind of number the field has, so that 1 is not printed 1.0.
Value bound(double number) {
  bool is_whole = std::trunc(number) == number && std::abs(number) < 1e18;
  if (is_whole) return static_cast<std::int64_t>(number);
  return number;
}

void put_sizes(Object& schema, std::string_view least_key, std::size_t least,
               std::string_view most_key, std::size_t most) {
  if (least > 0) schema[least_key] = least;
  if (most < std::numeric_limits<std::size_t>::max()) schema[most_key] = most;
}

}  // namespace

bool Definitions::claim(std::string_view name, std::string_view cpp_type) {
  auto [entry, is_new] = entries_.try_emplace(std::string(name), Entry{std::string(cpp_type), {}});
  CHECK(entry->second.cpp_type == cpp_type);
  return is_new;
}

void Definitions::define(std::string_view name, Object schema) {
  auto entry = entries_.find(name);
  CHECK(entry != entries_.end());
  entry->second.schema = std::move(schema);
}

Object Definitions::take() {
  Object all;
  for (auto& [name, entry] : entries_) all.emplace(name, std::move(entry.schema));
  entries_.clear();
  return all;
}

Object integer_schema(const FieldRules& rules, double least, double most) {
  Object schema{{"type", "integer"}};
  double low = std::max(least, rules.least);
  double high = std::min(most, rules.most);
  // The edges of 64 bits are no double, and say nothing to a reader.
  if (std::abs(low) < 9e18) schema["minimum"] = bound(low);
  if (std::abs(high) < 9e18) schema["maximum"] = bound(high);
  return schema;
}

Object number_schema(const FieldRules& rules) {
  Object schema{{"type", "number"}};
  if (std::isfinite(rules.least)) schema["minimum"] = bound(rules.least);
  if (std::isfinite(rules.most)) schema["maximum"] = bound(rules.most);
  return schema;
}

Object string_schema(const FieldRules& rules) {
  Object schema{{"type", "string"}};
  put_sizes(schema, "minLength", rules.shortest, "maxLength", rules.longest);
  put_text(schema, "pattern", rules.pattern_hint);
  return schema;
}

Object duration_schema() {
  return {{"type", "string"}, {"pattern", "^-?(0|([0-9]+(d|h|m|s|ms|us|ns))+)$"}};
}

Object time_schema() { return {{"type", "string"}, {"format", "date-time"}}; }

Object text_form_schema(const TextSchema& text, const FieldRules& rules) {
  Object schema = string_schema(rules);
  if (rules.pattern_hint.empty()) put_text(schema, "pattern", text.pattern);
  put_text(schema, "format", text.format);
  put_text(schema, "description", text.description);
  return schema;
}

Object enum_schema(std::span<const std::string_view> names) {
  return {{"type", "string"}, {"enum", Array(names.begin(), names.end())}};
}

Object array_schema(Object items, const FieldRules& rules) {
  Object schema{{"type", "array"}, {"items", std::move(items)}};
  put_sizes(schema, "minItems", rules.fewest, "maxItems", rules.fullest);
  return schema;
}

Object map_schema(Object values, const FieldRules& rules) {
  Object schema{{"type", "object"}, {"additionalProperties", std::move(values)}};
  put_sizes(schema, "minProperties", rules.fewest, "maxProperties", rules.fullest);
  return schema;
}

Object reference_schema(std::string_view name) {
  return {{"$ref", "#/components/schemas/" + std::string(name)}};
}

Object struct_schema(Object properties, Array required) {
  Object schema{{"type", "object"}, {"properties", std::move(properties)}};
  if (!required.empty()) schema["required"] = std::move(required);
  schema["additionalProperties"] = false;
  return schema;
}

Object field_schema(Object schema, const FieldRules& rules, const Value& default_value) {
  put_text(schema, "description", rules.description);
  if (rules.is_read_only) schema["readOnly"] = true;
  if (rules.is_secret) schema["writeOnly"] = true;
  if (!default_value.is_null()) schema["default"] = default_value;
  return schema;
}

std::string_view last_name(std::string_view cpp_type) {
  return cpp_type.substr(cpp_type.rfind(':') + 1);  // npos + 1 is 0
}

}  // namespace reeve::json
