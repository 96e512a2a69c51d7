// reeve restore: a manager's data folder out of a backup.
#include "backup/restore.hpp"

#include "backup/contents.hpp"
#include "base/time_text.hpp"
#include "cli/commands/commands.hpp"
#include "cli/environment.hpp"
#include "cli/terminal/prompt.hpp"
#include "cli/terminal/words.hpp"

namespace reeve::cli {

namespace {

struct Given {
  std::string file;
  std::optional<std::string> data;
  std::optional<std::string> passphrase_file;
};

Result<backup::Passphrase> passphrase_of(const Given& given) {
  TRY_ASSIGN(auto reader, backup::SealedReader::open(given.file));
  if (!reader.is_sealed()) return backup::Passphrase();
  if (given.passphrase_file) return read_passphrase_file(*given.passphrase_file);
  if (!can_ask())
    return fail(Errc::unauthenticated,
                "the backup {} is encrypted: give its passphrase with --passphrase-file FILE",
                given.file);
  return ask_hidden("passphrase: ");
}

Result<Answer> restore(Session& session, const Given& given) {
  TRY_ASSIGN(auto passphrase, passphrase_of(given));
  TRY_ASSIGN(auto data, data_folder(given.data ? given.data : session.globals().data));
  TRY_ASSIGN(auto manifest,
             backup::restore({given.file, data, std::move(passphrase), session.now()}));
  Answer answer;
  answer.text = fmt::format(
      "{5}: cluster {2}, revision {3}, as it was at {4}\n"
      "Its manager starts in hold, and pushes nothing until you say so:\n"
      "  {0} manager --data {1}      with the other options that it had\n"
      "  {0} status --data {1}       what nodes have beside what they would get\n"
      "  {0} resume --data {1}       pushes\n",
      shell_word(session.program()), shell_word(data.native()), manifest.cluster, manifest.revision,
      format_time(manifest.taken), data.native());
  return answer;
}

}  // namespace

void add_restore(Command& root) {
  auto given = std::make_shared<Given>();
  Command command =
      root.add("restore", "make a manager's data folder out of a backup", kSafetyGroup);
  command.argument("FILE", given->file, "what `reeve backup` wrote")
      .option("--data", "DIR", given->data,
              "an empty folder; ~/.local/share/reeve, for root /var/lib/reeve")
      .option("--passphrase-file", "FILE", given->passphrase_file,
              "the passphrase is in that file's first line")
      .action([given](Session& session) { return restore(session, *given); });
  command.teach(
      "The backup may be older than what nodes have. So the manager that starts on the folder is "
      "in\n"
      "hold: it answers, takes edits, and pushes nothing; nodes keep all they have. Look at "
      "`reeve\n"
      "status`, mend what is missing, and release it with `reeve resume`.\n"
      "\n"
      "Examples:\n"
      "  reeve restore reeve-monday.backup --data ./new\n"
      "  reeve manager --data ./new\n"
      "  reeve status --data ./new\n"
      "  reeve resume --data ./new");
}

}  // namespace reeve::cli
