// reeve apply: states what shall be. Fields that a manifest names are set, all others stay.
#include "cli/commands/apply.hpp"

#include "cli/commands/commands.hpp"
#include "cli/environment.hpp"
#include "cli/manifest_plan.hpp"
#include "cli/output.hpp"
#include "cli/terminal/prompt.hpp"
#include "cli/terminal/words.hpp"

#include <algorithm>
#include <cstdio>

namespace reeve::cli {

namespace {

struct Given {
  std::string file;
  bool force = false;
  bool prune = false;
  bool cascade = false;
  bool dry_run = false;
  bool is_sure = false;
};

struct Applied {
  std::string kind;
  std::string name;
  Outcome result = Outcome::unchanged;
  std::uint64_t revision = 0;
};
BOOST_DESCRIBE_STRUCT(Applied, (), (kind, name, result, revision))

Result<> check(const Given& given) {
  if (given.cascade && !given.prune) return fail(Errc::invalid, "--cascade goes with --prune");
  bool asks = given.prune && !given.is_sure && !given.dry_run;
  if (asks && !can_ask())
    return fail(Errc::invalid,
                "--prune deletes, and there is nobody to ask: look with --dry-run, then say --yes");
  return {};
}

Plan doomed(const Plan& plan) {
  Plan out;
  std::ranges::copy_if(plan, std::back_inserter(out),
                       [](const PlannedObject& one) { return one.outcome == Outcome::deleted; });
  return out;
}

std::string users_text(const PlannedObject& one) {
  auto count = one.used_by.size();
  if (one.kind == "program")
    return count == 1 ? "1 node runs it" : fmt::format("{} nodes run it", count);
  return count == 1 ? "1 subscriber has its list"
                    : fmt::format("{} subscribers have its list", count);
}

// Before anything is changed.
Result<> be_sure(const Session& session, const Plan& deleted, const Given& given) {
  if (deleted.empty()) return {};
  for (const PlannedObject& one : deleted)
    if (!one.used_by.empty() && !given.cascade)
      return fail(
          Errc::in_use,
          "{} \"{}\" is in no manifest any more, and {} still: --cascade deletes it all the "
          "same; nothing was changed",
          one.kind, one.name, users_text(one));
  if (given.is_sure) return {};
  std::fputs(plan_text(deleted, session.err()).c_str(), stderr);
  TRY_ASSIGN(bool is_sure, confirm("Apply, and delete " +
                                   (deleted.size() == 1 ? std::string("it")
                                                        : fmt::format("these {}", deleted.size())) +
                                   "?"));
  if (!is_sure) return fail(Errc::cancelled, "nothing was done");
  return {};
}

Result<Applied> apply_one(Client& client, const PlannedObject& planned, const Given& given) {
  std::string path = api_path({planned.kind + "s", planned.name});
  Applied applied{planned.kind, planned.name, planned.outcome, 0};
  if (planned.outcome == Outcome::deleted) {
    TRY(client.remove(given.cascade ? path + "?cascade=true" : path));
    return applied;
  }
  json::Object fields = planned.fields;
  if (given.force && planned.kind == "service") fields["force"] = true;
  TRY_ASSIGN(auto answer, planned.before ? client.patch(path, fields) : client.put(path, fields));
  TRY_ASSIGN(auto after, json::decode<Mark>(answer, json::Mode::lenient));
  // The manager's word counts: somebody may have changed it since.
  if (planned.before)
    applied.result = *planned.before == after ? Outcome::unchanged : Outcome::changed;
  applied.revision = after.revision;
  return applied;
}

std::string line_of(const Applied& applied) {
  auto text = fmt::format("{} {}: {}", applied.kind, applied.name, json::enum_name(applied.result));
  return applied.result == Outcome::deleted
             ? text + "\n"
             : text + fmt::format(", revision {}\n", applied.revision);
}

Result<Answer> carry_out(Client& client, const Plan& plan, const Given& given) {
  json::Array items;
  Answer answer;
  for (const PlannedObject& planned : plan) {
    auto applied = apply_one(client, planned, given);
    if (!applied && !items.empty())
      return fail(std::move(applied).error().in_context(
          fmt::format("{} before it applied, {} \"{}\"", counted(items.size(), "manifest"),
                      planned.kind, planned.name)));
    TRY(applied, "{} \"{}\"", planned.kind, planned.name);
    answer.text += line_of(*applied);
    items.push_back(json::encode(*applied));
  }
  answer.json = json::Object{{"items", std::move(items)}};
  return answer;
}

Result<Answer> apply(Session& session, const Given& given, std::optional<std::string_view> kind) {
  TRY_ASSIGN(auto manifests, read_manifest_file(given.file, kind));
  if (given.prune) TRY(check_prune(manifests));
  TRY_ASSIGN(Client * client, session.client());
  TRY_ASSIGN(auto plan, make_plan(*client, manifests, given.prune));
  if (given.dry_run) return Answer{plan_json(plan), plan_text(plan, session.out()), false};
  TRY(be_sure(session, doomed(plan), given));
  return carry_out(*client, plan, given);
}

}  // namespace

Result<Manifests> read_manifest_file(const std::string& file,
                                     std::optional<std::string_view> kind) {
  bool is_input = file == "-";
  TRY_ASSIGN(auto text, read_file(is_input ? "/dev/stdin" : file));
  TRY_ASSIGN(auto manifests, read_manifests(text, kind), "in {}",
             is_input ? "the standard input" : file);
  return manifests;
}

Result<> check_prune(const Manifests& manifests) {
  if (!manifests.sets.empty()) return {};
  return fail(Errc::invalid,
              "--prune deletes what is in the manifests' set and in no manifest, but none says "
              "`set: NAME`");
}

void make_apply(Command& command, std::optional<std::string_view> kind) {
  auto given = std::make_shared<Given>();
  command.required_option("--file,-f", "FILE", given->file, "YAML or JSON; - for standard input")
      .flag("--dry-run", given->dry_run, "say what would change, and change nothing")
      .flag("--force", given->force, "even if a list is left without an eligible instance")
      .flag("--prune", given->prune,
            "delete what is in the manifests' set and in none of them any more; asks first")
      .flag("--cascade", given->cascade, "with --prune: also what has subscribers")
      .flag("--yes,-y", given->is_sure, "do not ask")
      .check([given] { return check(*given); })
      .client([given, kind](Session& session) { return apply(session, *given, kind); });
}

void add_apply(Command& root) {
  Command command = root.add("apply", "make things what manifests say", kServicesGroup);
  command.teach(
      "A manifest is YAML or JSON; several stand in a file, with --- between them:\n"
      "  kind: service\n"
      "  name: pay\n"
      "  set: shop                  # optional: whose manifests these are, for --prune\n"
      "  description: payments\n"
      "  instances:\n"
      "    - {ip: 10.0.0.1, port: 8820, weight: 100}\n"
      "  subscriptions:\n"
      "    - nodes: [web-1, web-2]\n"
      "\n"
      "The fields that it names are set, the others stay as they are. Repeat it as often as you "
      "like.\n"
      "\n"
      "Examples:\n"
      "  reeve diff -f shop.yaml                        what would change\n"
      "  reeve apply -f shop.yaml\n"
      "  reeve apply -f shop.yaml --prune --dry-run     what would be deleted too");
  make_apply(command, std::nullopt);
}

}  // namespace reeve::cli
