#include "cli/manifest.hpp"

#include "base/quote.hpp"
#include "json/yaml.hpp"
#include "model/name.hpp"
#include "model/program.hpp"
#include "model/service.hpp"

#include <algorithm>
#include <array>

namespace reeve::cli {

namespace {

struct ServiceManifest : model::ServiceRequest {
  std::optional<std::string> kind;
};
BOOST_DESCRIBE_STRUCT(ServiceManifest, (model::ServiceRequest), (kind))

void validate(const ServiceManifest& manifest, json::Faults& faults, const json::Path& path) {
  model::validate(static_cast<const model::ServiceRequest&>(manifest), faults, path);
  if (!manifest.name) faults.add(path / "name", "a service needs a name");
}

struct ProgramManifest : model::ProgramRequest {
  std::optional<std::string> kind;
};
BOOST_DESCRIBE_STRUCT(ProgramManifest, (model::ProgramRequest), (kind))

void validate(const ProgramManifest& manifest, json::Faults& faults, const json::Path& path) {
  model::validate(static_cast<const model::ProgramRequest&>(manifest), faults, path);
  if (!manifest.name) faults.add(path / "name", "a program needs a name");
}

// A kind of manifest: how its fields are read, and written as the API takes them.
struct Kind {
  std::string_view name;
  Result<json::Value> (*read)(const json::Document& document);
};

template <class T>
Result<json::Value> read_as(const json::Document& document) {
  TRY_ASSIGN(auto typed, json::decode<T>(document, json::Mode::strict));
  return json::encode(typed);
}

// As it will be stored: a line of a command would differ from its arguments for ever.
Result<json::Value> read_program(const json::Document& document) {
  TRY_ASSIGN(auto typed, json::decode<ProgramManifest>(document, json::Mode::strict));
  model::settle(typed);
  return json::encode(typed);
}

constexpr std::array kKinds{Kind{"service", &read_as<ServiceManifest>},
                            Kind{"program", &read_program}};

std::string kind_names() {
  std::string names;
  for (const Kind& kind : kKinds) names += (names.empty() ? "" : ", ") + std::string(kind.name);
  return names;
}

// A kind is looked at before the document is read as one.
std::optional<std::string> kind_text(const json::Document& document) {
  const json::Object* object = document.value.if_object();
  const json::Value* kind = object ? object->if_contains("kind") : nullptr;
  if (!kind || !kind->is_string()) return std::nullopt;
  return std::string(kind->get_string());
}

Result<const Kind*> kind_of(const json::Document& document,
                            std::optional<std::string_view> default_kind) {
  json::Faults faults(&document);
  json::Path path;
  if (!document.value.is_object()) {
    faults.add(path, "expected a manifest, a map with `kind` and `name`");
    return fail(error_of(faults.take()));
  }
  std::string name = kind_text(document).value_or(std::string(default_kind.value_or("")));
  auto found = std::ranges::find(kKinds, name, &Kind::name);
  if (name.empty())
    faults.add(path, "a manifest needs a `kind`; known are: " + kind_names());
  else if (found == kKinds.end())
    faults.add(path / "kind", "unknown kind " + quote(name) + "; known are: " + kind_names());
  else if (default_kind && name != *default_kind)
    faults.add(path / "kind", "expected the kind " + quote(*default_kind) + ", got " + quote(name) +
                                  "; `reeve apply` takes every kind");
  if (!faults.empty()) return fail(error_of(faults.take()));
  return &*found;
}

// Only what the document names: the codec has filled in every other field with its default.
json::Object named_fields(const json::Object& written, const json::Object& typed) {
  json::Object fields;
  for (const auto& member : written) {
    if (member.key() == "kind" || member.key() == "name") continue;
    const json::Value* value = typed.if_contains(member.key());
    if (member.value().is_null())
      fields.emplace(member.key(), nullptr);
    else if (value)  // else read-only: part of an answer that is sent back
      fields.emplace(member.key(), *value);
  }
  return fields;
}

Result<Manifest> read_one(const json::Document& document,
                          std::optional<std::string_view> default_kind) {
  TRY_ASSIGN(const Kind* kind, kind_of(document, default_kind));
  TRY_ASSIGN(auto typed, kind->read(document));
  const json::Object& fields = typed.as_object();
  return Manifest{std::string(kind->name), std::string(fields.at("name").as_string()),
                  named_fields(document.value.as_object(), fields)};
}

// A document that states no object but a set, so that one can be empty.
struct SetManifest {
  std::string set;
};
BOOST_DESCRIBE_STRUCT(SetManifest, (), (set))

constexpr auto rules(const SetManifest*) {
  return std::array{json::field("set").required().pattern(model::kNamePattern)};
}

void validate(const SetManifest& manifest, json::Faults& faults, const json::Path& path) {
  model::check_name(manifest.set, faults, path / "set");
}

bool is_set_alone(const json::Document& document) {
  const json::Object* object = document.value.if_object();
  return object && object->size() == 1 && object->contains("set");
}

Result<> read_into(Manifests& out, const json::Document& document,
                   std::optional<std::string_view> default_kind) {
  if (is_set_alone(document)) {
    TRY_ASSIGN(auto named, json::decode<SetManifest>(document, json::Mode::strict));
    out.sets.insert(named.set);
    return {};
  }
  TRY_ASSIGN(auto manifest, read_one(document, default_kind));
  const json::Value* set = manifest.fields.if_contains("set");
  if (set && set->is_string()) out.sets.emplace(set->get_string());
  out.items.push_back(std::move(manifest));
  return {};
}

void check_twice(const std::vector<Manifest>& manifests, const json::Document& document,
                 std::vector<Fault>& faults) {
  const Manifest& last = manifests.back();
  auto same = [&](const Manifest& one) {
    return one.kind == last.kind && model::fold(one.name) == model::fold(last.name);
  };
  if (std::none_of(manifests.begin(), manifests.end() - 1, same)) return;
  json::Faults found(&document);
  json::Path path;
  found.add(path / "name", "the " + last.kind + " " + quote(last.name) + " stands here twice");
  faults.push_back(found.found().front());
}

}  // namespace

Result<Manifests> read_manifests(std::string_view text,
                                 std::optional<std::string_view> default_kind) {
  TRY_ASSIGN(auto documents, json::parse_yaml(text));
  if (documents.empty())
    return fail(Errc::invalid,
                "there is no manifest in it; expected YAML or JSON with `kind` and "
                "`name`");
  Manifests manifests;
  std::vector<Fault> faults;
  for (const json::Document& document : documents) {
    auto before = manifests.items.size();
    auto read = read_into(manifests, document, default_kind);
    if (!read) {
      const Error& error = read.error();
      faults.insert(faults.end(), error.faults.begin(), error.faults.end());
    } else if (manifests.items.size() > before) {
      check_twice(manifests.items, document, faults);
    }
  }
  if (!faults.empty()) return fail(error_of(std::move(faults)));
  return manifests;
}

}  // namespace reeve::cli
