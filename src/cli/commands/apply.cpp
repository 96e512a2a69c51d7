// reeve apply: states what shall be. Fields that a manifest names are set, all others stay.
#include "cli/commands/apply.hpp"

#include "cli/commands/commands.hpp"
#include "cli/environment.hpp"
#include "cli/manifest.hpp"
#include "cli/terminal/words.hpp"

namespace reeve::cli {

namespace {

struct Given {
  std::string file;
  bool force = false;
};

struct Mark {
  std::uint64_t revision = 0;
  std::uint64_t version = 0;
  bool operator==(const Mark&) const = default;
};
BOOST_DESCRIBE_STRUCT(Mark, (), (revision, version))

struct Applied {
  std::string kind;
  std::string name;
  std::string result;  // created, changed, unchanged
  std::uint64_t revision = 0;
};
BOOST_DESCRIBE_STRUCT(Applied, (), (kind, name, result, revision))

Result<std::string> read_source(const std::string& file) {
  if (file == "-") return read_file("/dev/stdin");
  TRY_ASSIGN(auto text, read_file(file));
  return text;
}

Result<Mark> mark_of(const Result<json::Value>& answer) {
  if (!answer) return fail(answer.error());
  return json::decode<Mark>(*answer, json::Mode::lenient);
}

Result<Applied> apply_one(Client& client, const Manifest& manifest, bool force) {
  std::string path = api_path({manifest.kind + "s", manifest.name});
  Applied applied{manifest.kind, manifest.name, "created", 0};
  json::Object fields = manifest.fields;
  if (force) fields["force"] = true;
  auto before = mark_of(client.get(path));
  if (!before && before.error().code != Errc::not_found) return fail(before.error());
  TRY_ASSIGN(auto after, mark_of(before ? client.patch(path, fields) : client.put(path, fields)));
  if (before) applied.result = *before == after ? "unchanged" : "changed";
  applied.revision = after.revision;
  return applied;
}

Result<Answer> apply(Session& session, const Given& given, std::optional<std::string_view> kind) {
  TRY_ASSIGN(auto text, read_source(given.file));
  TRY_ASSIGN(auto manifests, read_manifests(text, kind), "in {}",
             given.file == "-" ? "the standard input" : given.file);
  TRY_ASSIGN(Client * client, session.client());
  json::Array items;
  Answer answer;
  for (const Manifest& manifest : manifests) {
    auto applied = apply_one(*client, manifest, given.force);
    if (!applied && !items.empty())
      return fail(std::move(applied).error().in_context(
          fmt::format("{} before it applied, {} \"{}\"", counted(items.size(), "manifest"),
                      manifest.kind, manifest.name)));
    TRY(applied, "{} \"{}\"", manifest.kind, manifest.name);
    answer.text += fmt::format("{} {}: {}, revision {}\n", applied->kind, applied->name,
                               applied->result, applied->revision);
    items.push_back(json::encode(*applied));
  }
  answer.json = json::Object{{"items", std::move(items)}};
  return answer;
}

}  // namespace

void make_apply(Command& command, std::optional<std::string_view> kind) {
  auto given = std::make_shared<Given>();
  command.required_option("--file,-f", "FILE", given->file, "YAML or JSON; - for standard input")
      .flag("--force", given->force, "even if a list is left without an eligible instance")
      .client([given, kind](Session& session) { return apply(session, *given, kind); });
}

void add_apply(Command& root) {
  Command command = root.add("apply", "make things what manifests say", kServicesGroup);
  command.teach(
      "A manifest is YAML or JSON; several stand in a file, with --- between them:\n"
      "  kind: service\n"
      "  name: pay\n"
      "  description: payments\n"
      "  instances:\n"
      "    - {ip: 10.0.0.1, port: 8820, weight: 100}\n"
      "  subscriptions:\n"
      "    - nodes: [web-1, web-2]\n"
      "\n"
      "The fields that it names are set, the others stay as they are. Repeat it as often as you "
      "like.");
  make_apply(command, std::nullopt);
}

}  // namespace reeve::cli
