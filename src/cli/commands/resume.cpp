// reeve resume: the word that a held manager's store is right.
#include "cli/commands/commands.hpp"
#include "cli/terminal/prompt.hpp"
#include "cli/terminal/words.hpp"
#include "manager/api/types.hpp"

namespace reeve::cli {

namespace {

using manager::api::HoldStatus;

Result<> be_sure(const HoldStatus& hold) {
  if (!can_ask())
    return fail(Errc::invalid,
                "resuming may undo what nodes have: look at `reeve status`, then say --yes");
  auto missing = hold.missing_count > 0 ? fmt::format("{} not up, what they have is not known. ",
                                                      counted(hold.missing_count, "node"))
                                        : std::string();
  TRY_ASSIGN(bool is_sure,
             confirm(fmt::format("{}{} on nodes will be replaced by what this store says. Resume?",
                                 missing, counted(hold.differences, "list"))));
  if (!is_sure) return fail(Errc::cancelled, "nothing was done");
  return {};
}

Result<Answer> resume(Session& session, bool is_sure) {
  TRY_ASSIGN(Client * client, session.client());
  TRY_ASSIGN(auto hold, client->get_as<HoldStatus>("/hold"));
  if (hold.is_on && !is_sure) TRY(be_sure(hold));
  TRY_ASSIGN(auto value, client->post("/resume", json::Object{}));
  TRY_ASSIGN(auto answer, json::decode<manager::api::ResumeAnswer>(value, json::Mode::lenient));
  return Answer{std::move(value), fmt::format("pushing, in epoch {}\n", answer.epoch), false};
}

}  // namespace

void add_resume(Command& root) {
  auto is_sure = std::make_shared<bool>(false);
  Command command = root.add("resume", "let a manager in hold push again", kSafetyGroup);
  command.flag("--yes,-y", *is_sure, "do not ask").client([is_sure](Session& session) {
    return resume(session, *is_sure);
  });
  command.teach(
      "A manager is in hold after `reeve restore`, and when an agent has newer lists than the "
      "store\n"
      "can have given it. `reeve status` shows what nodes have beside what they would get. "
      "Resuming\n"
      "says that the store is right: what nodes have otherwise is replaced, whatever its age.\n"
      "Wait until the nodes are up: of those that are not nobody knows what they have.\n"
      "\n"
      "Examples:\n"
      "  reeve status --watch\n"
      "  reeve resume");
}

}  // namespace reeve::cli
