#include "cli/difference.hpp"

#include <fmt/core.h>

#include <array>
#include <map>
#include <set>

namespace reeve::cli {

namespace {

// What is seen of an instance, or who brought it in, is not what it is.
constexpr std::array<std::string_view, 7> kObserved{"ip",     "port",       "source",      "holds",
                                                    "health", "health_why", "health_since"};

bool is_decided(std::string_view field) {
  for (std::string_view one : kObserved)
    if (one == field) return false;
  return true;
}

bool is_empty(const json::Value& value) {
  if (value.is_null()) return true;
  if (const auto* object = value.if_object()) return object->empty();
  if (const auto* array = value.if_array()) return array->empty();
  const auto* text = value.if_string();
  return text && text->empty();
}

const json::Value& field_of(const json::Object& object, std::string_view field) {
  static const json::Value none;
  const auto* value = object.if_contains(field);
  return value ? *value : none;
}

std::set<std::string> names_of(const json::Object& before, const json::Object& after,
                               bool only_named) {
  std::set<std::string> names;
  if (!only_named)
    for (const auto& member : before) names.emplace(member.key());
  for (const auto& member : after) names.emplace(member.key());
  return names;
}

void add_field(std::string& out, const std::string& name, const json::Value& before,
               const json::Value& after) {
  if (before == after || (is_empty(before) && is_empty(after))) return;
  const auto* old_map = before.if_object();
  const auto* new_map = after.if_object();
  if (old_map && new_map) {
    for (const std::string& key : names_of(*old_map, *new_map, false))
      add_field(out, name + "." + key, field_of(*old_map, key), field_of(*new_map, key));
    return;
  }
  if (!out.empty()) out += ", ";
  out += fmt::format("{} {} → {}", name, value_text(before), value_text(after));
}

using ByName = std::map<std::string, const json::Object*>;

ByName by_name(const json::Array& instances) {
  ByName out;
  for (const json::Value& one : instances)
    if (const auto* object = one.if_object()) out.emplace(instance_name(*object), object);
  return out;
}

}  // namespace

std::string value_text(const json::Value& value) {
  if (is_empty(value)) return "-";
  if (const auto* text = value.if_string()) return std::string(*text);
  return json::serialize(value);
}

std::string difference_text(const std::vector<DifferenceLine>& lines, const Terminal& terminal) {
  std::string out;
  for (const DifferenceLine& line : lines) {
    bool is_added = line.change == Change::added;
    bool is_removed = line.change == Change::removed;
    Tone tone = is_added ? Tone::good : is_removed ? Tone::bad : Tone::warning;
    const char* mark = is_added ? "+" : is_removed ? "-" : "~";
    out += paint(fmt::format("  {} {}", mark, printable(line.text)), tone, terminal) + "\n";
  }
  return out;
}

std::string instance_name(const json::Object& instance) {
  auto ip = value_text(field_of(instance, "ip"));
  auto port = value_text(field_of(instance, "port"));
  return ip.find(':') == ip.npos ? ip + ":" + port : "[" + ip + "]:" + port;
}

std::string instance_text(const json::Object& instance) {
  std::string out = instance_name(instance);
  for (const auto& member : instance) {
    if (!is_decided(member.key()) || is_empty(member.value())) continue;
    if (member.key() == "status" && member.value() == "online") continue;  // as all are
    if (const auto* map = member.value().if_object()) {
      for (const auto& pair : *map)
        out += fmt::format(" {}={}", std::string_view(pair.key()), value_text(pair.value()));
    } else {
      out += fmt::format(" {}={}", std::string_view(member.key()), value_text(member.value()));
    }
  }
  return out;
}

std::string fields_text(const json::Object& before, const json::Object& after, bool only_named) {
  std::string out;
  for (const std::string& name : names_of(before, after, only_named))
    add_field(out, name, field_of(before, name), field_of(after, name));
  return out;
}

std::vector<DifferenceLine> instance_differences(const json::Array& before,
                                                 const json::Array& after) {
  std::vector<DifferenceLine> lines;
  auto old_ones = by_name(before);
  auto new_ones = by_name(after);
  for (const auto& [name, instance] : old_ones)
    if (!new_ones.contains(name)) lines.push_back({Change::removed, instance_text(*instance)});
  for (const auto& [name, instance] : new_ones) {
    auto old = old_ones.find(name);
    if (old == old_ones.end()) {
      lines.push_back({Change::added, instance_text(*instance)});
      continue;
    }
    json::Object decided;
    for (const auto& member : *instance)
      if (is_decided(member.key()) && !member.value().is_null())
        decided.emplace(member.key(), member.value());
    auto fields = fields_text(*old->second, decided, true);
    if (!fields.empty()) lines.push_back({Change::changed, name + "  " + fields});
  }
  return lines;
}

}  // namespace reeve::cli
