#include "cli/manifest_plan.hpp"

#include "cli/show.hpp"
#include "manager/api/types.hpp"
#include "model/name.hpp"
#include "model/program.hpp"
#include "model/service.hpp"

#include <algorithm>
#include <array>

namespace reeve::cli {

namespace {

const json::Array& array_of(const json::Object& object, std::string_view field) {
  static const json::Array none;
  const auto* value = object.if_contains(field);
  return value && value->is_array() ? value->get_array() : none;
}

// The instances that a manifest may replace: others brought in theirs themselves.
json::Array operators_instances(const json::Object& service) {
  json::Array out;
  for (const json::Value& one : array_of(service, "instances")) {
    const auto* instance = one.if_object();
    const auto* source = instance ? instance->if_contains("source") : nullptr;
    if (!source || *source == "operator") out.push_back(one);
  }
  return out;
}

// Without the fields that say nothing: an answer has them as null, or not at all.
json::Value tidy(const json::Value& value) {
  if (const auto* array = value.if_array()) {
    json::Array out;
    for (const json::Value& element : *array) out.push_back(tidy(element));
    return out;
  }
  const auto* object = value.if_object();
  if (!object) return value;
  json::Object out;
  for (const auto& member : *object)
    if (!member.value().is_null()) out.emplace(member.key(), tidy(member.value()));
  return out;
}

void add_missing(std::vector<DifferenceLine>& lines, Change change, const json::Array& from,
                 const json::Array& in) {
  for (const json::Value& one : from)
    if (std::ranges::find(in, one) == in.end())
      lines.push_back({change, "subscription " + json::serialize(one)});
}

void add_subscriptions(std::vector<DifferenceLine>& lines, const json::Object& before,
                       const json::Object& fields) {
  auto old_ones = tidy(array_of(before, "subscriptions")).as_array();
  auto new_ones = tidy(array_of(fields, "subscriptions")).as_array();
  add_missing(lines, Change::removed, old_ones, new_ones);
  add_missing(lines, Change::added, new_ones, old_ones);
}

Result<std::optional<json::Object>> find(Client& client, const std::string& path) {
  auto found = client.get(path);
  if (!found && found.error().code == Errc::not_found) return std::nullopt;
  if (!found) return fail(found.error());
  return std::move(found->as_object());
}

/// Adds what is there and not stated as null, at every depth: the server merges, and a manifest
/// states the whole of a map.
void state_whole(json::Object& stated, const json::Object& there) {
  for (const auto& old : there) {
    auto* member = stated.if_contains(old.key());
    if (!member)
      stated[old.key()] = nullptr;
    else if (member->is_object() && old.value().is_object())
      state_whole(member->get_object(), old.value().get_object());
  }
}

json::Object whole_maps(const json::Object& before, json::Object fields) {
  for (auto& member : fields) {
    const auto* there = before.if_contains(member.key());
    if (member.value().is_object() && there && there->is_object())
      state_whole(member.value().get_object(), there->get_object());
  }
  return fields;
}

Result<PlannedObject> plan_one(Client& client, const Manifest& manifest) {
  PlannedObject planned{manifest.kind, manifest.name};
  planned.fields = manifest.fields;
  TRY_ASSIGN(auto before, find(client, api_path({manifest.kind + "s", manifest.name})));
  if (before && manifest.kind == "program") planned.fields = whole_maps(*before, planned.fields);
  planned.lines = service_differences(before.value_or(json::Object{}), planned.fields);
  if (!before) {
    planned.outcome = Outcome::created;
    return planned;
  }
  TRY_ASSIGN(planned.before, json::decode<Mark>(*before, json::Mode::lenient));
  planned.outcome = planned.lines.empty() ? Outcome::unchanged : Outcome::changed;
  return planned;
}

/// Of one kind: those of the set that no manifest names.
template <class Noun>
Result<> add_pruned(Client& client, Plan& plan, const std::string& kind, const std::string& set) {
  auto kinds = kind + "s";
  auto path = fmt::format("/{}?set={}", kinds, net::percent_encode(set));
  TRY_ASSIGN(auto there, client.list<Noun>(path));
  for (const Noun& object : there.items) {
    auto is_it = [&](const PlannedObject& one) {
      return one.kind == kind && model::fold(one.name) == model::fold(object.name);
    };
    if (std::ranges::any_of(plan, is_it)) continue;
    PlannedObject planned{kind, object.name, Outcome::deleted};
    TRY_ASSIGN(auto asked, client.remove(api_path({kinds, object.name}) + "?dry_run=true"));
    TRY_ASSIGN(auto preview, json::decode<manager::api::DeletePreview>(asked, json::Mode::lenient));
    planned.used_by = std::move(preview.used_by);
    plan.push_back(std::move(planned));
  }
  return {};
}

Cell outcome_cell(Outcome outcome) {
  switch (outcome) {
    case Outcome::created: return {"would be created", Tone::good};
    case Outcome::changed: return {"would change", Tone::warning};
    case Outcome::deleted: return {"would be deleted", Tone::bad};
    case Outcome::unchanged: break;
  }
  return "stays as it is";
}

}  // namespace

std::vector<DifferenceLine> service_differences(const json::Object& before,
                                                const json::Object& fields) {
  std::vector<DifferenceLine> lines;
  json::Object plain = fields;
  plain.erase("instances");
  plain.erase("subscriptions");
  for (const auto& member : plain) {
    auto text = fields_text(before, json::Object{{member.key(), member.value()}}, true);
    if (!text.empty()) lines.push_back({Change::changed, text});
  }
  if (fields.contains("instances"))
    std::ranges::move(
        instance_differences(operators_instances(before), array_of(fields, "instances")),
        std::back_inserter(lines));
  if (fields.contains("subscriptions")) add_subscriptions(lines, before, fields);
  return lines;
}

Result<Plan> make_plan(Client& client, const Manifests& manifests, bool prunes) {
  Plan plan;
  plan.reserve(manifests.items.size());
  for (const Manifest& manifest : manifests.items) {
    TRY_ASSIGN(auto planned, plan_one(client, manifest));
    plan.push_back(std::move(planned));
  }
  if (prunes)
    for (const std::string& set : manifests.sets) {
      TRY(add_pruned<model::Service>(client, plan, "service", set));
      TRY(add_pruned<model::Program>(client, plan, "program", set));
    }
  return plan;
}

bool changes_something(const Plan& plan) {
  return !std::ranges::all_of(
      plan, [](const PlannedObject& one) { return one.outcome == Outcome::unchanged; });
}

std::string plan_text(const Plan& plan, const Terminal& terminal) {
  if (!changes_something(plan)) return "nothing would change\n";
  std::string text;
  for (const PlannedObject& one : plan) {
    if (one.outcome == Outcome::unchanged) continue;
    auto outcome = outcome_cell(one.outcome);
    text +=
        fmt::format("{} {}: {}\n", one.kind, one.name, paint(outcome.text, outcome.tone, terminal));
    text += difference_text(one.lines, terminal);
    if (!one.used_by.empty())
      text +=
          fmt::format("  and taken from {}\n",
                      counted(one.used_by.size(), one.kind == "service" ? "subscriber" : "node"));
  }
  return text;
}

json::Value plan_json(const Plan& plan) {
  json::Array items;
  for (const PlannedObject& one : plan) {
    json::Array lines;
    for (const DifferenceLine& line : one.lines)
      lines.push_back(json::Object{{"change", line.change == Change::added     ? "added"
                                              : line.change == Change::removed ? "removed"
                                                                               : "changed"},
                                   {"what", line.text}});
    items.push_back(json::Object{{"kind", one.kind},
                                 {"name", one.name},
                                 {"result", json::enum_name(one.outcome)},
                                 {"differences", std::move(lines)},
                                 {"used_by", json::Array(one.used_by.begin(), one.used_by.end())}});
  }
  return json::Object{{"items", std::move(items)}, {"same", !changes_something(plan)}};
}

}  // namespace reeve::cli
