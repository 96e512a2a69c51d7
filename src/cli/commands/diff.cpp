// reeve diff: what apply would change.
#include "cli/commands/apply.hpp"
#include "cli/commands/commands.hpp"
#include "cli/manifest_plan.hpp"

namespace reeve::cli {

namespace {

struct Given {
  std::string file;
  bool prune = false;
  bool exit_code = false;
};

Result<Answer> diff(Session& session, const Given& given) {
  TRY_ASSIGN(auto manifests, read_manifest_file(given.file, std::nullopt));
  if (given.prune) TRY(check_prune(manifests));
  TRY_ASSIGN(Client * client, session.client());
  TRY_ASSIGN(auto plan, make_plan(*client, manifests, given.prune));
  return Answer{plan_json(plan), plan_text(plan, session.out()),
                given.exit_code && changes_something(plan)};
}

}  // namespace

void add_diff(Command& root) {
  auto given = std::make_shared<Given>();
  Command command = root.add("diff", "show what `apply` would change", kServicesGroup);
  command.teach(
      "Each object that would change, its fields, instances and subscriptions with + for what "
      "comes,\n"
      "- for what goes and ~ for what changes. Nothing is changed by it.\n"
      "\n"
      "Examples:\n"
      "  reeve diff -f shop.yaml\n"
      "  reeve diff -f shop.yaml --prune --exit-code && echo in step\n"
      "\n"
      "The exit code is 0 whether or not they differ; with --exit-code 1 if they do.");
  command.required_option("--file,-f", "FILE", given->file, "YAML or JSON; - for standard input")
      .flag("--prune", given->prune, "also what `apply --prune` would delete")
      .flag("--exit-code", given->exit_code, "exit with 1 if something would change")
      .client([given](Session& session) { return diff(session, *given); });
}

}  // namespace reeve::cli
