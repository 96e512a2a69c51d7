// reeve backup: everything that a manager has to be made again of, in one file.
#include "backup/contents.hpp"
#include "base/time_text.hpp"
#include "cli/commands/commands.hpp"
#include "cli/terminal/prompt.hpp"

#include <sys/stat.h>

namespace reeve::cli {

namespace {

struct Given {
  std::string file;
  std::optional<std::string> passphrase_file;
  bool plain = false;
  bool force = false;
};

Result<backup::Passphrase> passphrase_of(const Given& given) {
  if (given.plain) return backup::Passphrase();
  if (given.passphrase_file) return read_passphrase_file(*given.passphrase_file);
  if (!can_ask()) return backup::Passphrase();
  TRY_ASSIGN(auto typed, ask_new_passphrase());
  if (typed.empty()) return backup::Passphrase();
  return typed;
}

// Found out before the manager copies anything; the file takes its name only if that is still free.
Result<> check_free(const Given& given) {
  struct stat status{};
  if (given.force || ::lstat(given.file.c_str(), &status) != 0) return {};
  return fail(Errc::exists, "{} is there already; --force replaces it", given.file);
}

Answer answer_of(const Given& given, const backup::Manifest& manifest, bool is_sealed) {
  Answer answer;
  answer.json = json::encode(manifest);
  answer.json.as_object()["file"] = given.file;
  answer.json.as_object()["encrypted"] = is_sealed;
  answer.text = fmt::format("{}: cluster {}, revision {}, {}\n", given.file, manifest.cluster,
                            manifest.revision, format_time(manifest.taken));
  if (!is_sealed)
    answer.text +=
        "It is NOT encrypted: who reads it has the key of the certificate authority and can act as "
        "this\ncluster. Keep it safe, or give a passphrase: --passphrase-file FILE.\n";
  return answer;
}

Result<Answer> take(Session& session, const Given& given) {
  TRY(check_free(given));
  TRY_ASSIGN(auto passphrase, passphrase_of(given));
  TRY_ASSIGN(Client * client, session.client());
  TRY_ASSIGN(auto file, backup::SealedWriter::create(given.file, passphrase));
  TRY(client->download("/backup", [&file](std::string_view part) { return file.write(part); }));
  TRY(file.finish());
  // Only what was read back whole is a backup.
  TRY_ASSIGN(auto manifest, backup::check_backup(file.readable_path(), passphrase),
             "the backup is not whole, try again");
  auto existing = given.force ? backup::Existing::replace : backup::Existing::keep;
  TRY(file.publish(existing));
  return answer_of(given, manifest, passphrase.has_value());
}

}  // namespace

void add_backup(Command& root) {
  auto given = std::make_shared<Given>();
  Command command =
      root.add("backup", "write everything a manager needs into a file", kSafetyGroup);
  command.argument("FILE", given->file, "the file to make, readable by you alone")
      .option("--passphrase-file", "FILE", given->passphrase_file,
              "encrypt it with the passphrase in that file's first line")
      .flag("--plain", given->plain, "do not encrypt it, and do not ask")
      .flag("--force", given->force, "replace FILE if it is there")
      .check([given]() -> Result<> {
        if (given->plain && given->passphrase_file)
          return fail(Errc::invalid, "--plain and --passphrase-file exclude each other");
        return {};
      })
      .client([given](Session& session) { return take(session, *given); });
  command.teach(
      "Takes an administrator's token, and disturbs nothing: the manager goes on while its store "
      "is\n"
      "copied. The file holds the store as it was at one revision, and the key of the cluster's\n"
      "certificate authority. On a terminal a passphrase is asked for; without one the file is "
      "plain.\n"
      "\n"
      "Examples:\n"
      "  reeve backup reeve-monday.backup\n"
      "  reeve backup /backup/reeve.backup --force --passphrase-file /root/reeve.passphrase\n"
      "  reeve restore reeve-monday.backup --data ./new");
}

}  // namespace reeve::cli
