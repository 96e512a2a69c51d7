#include "cli/commands/deletion.hpp"

#include "cli/terminal/words.hpp"
#include "manager/api/types.hpp"

namespace reeve::cli {

namespace {

Result<std::string> preview_text(const json::Value& value, const Deletion& given) {
  TRY_ASSIGN(auto preview, json::decode<manager::api::DeletePreview>(value, json::Mode::lenient));
  if (preview.used_by.empty()) return fmt::format("{}: nobody uses it\n", preview.object);
  std::string text = fmt::format("{}: deleting it takes it from\n", preview.object);
  for (const std::string& user : preview.used_by) text += "  " + user + "\n";
  return text + (given.cascade ? "" : "and needs --cascade\n");
}

// Without the manager's words to those who speak HTTP.
std::string without_parameters(const std::string& sentence) {
  return sentence.substr(0, sentence.find("; ?"));
}

}  // namespace

void add_deletion_options(Command& command, const std::shared_ptr<Deletion>& given,
                          std::string argument, std::string_view users) {
  command.alias("rm")
      .argument(std::move(argument), given->name, "its name")
      .flag("--cascade", given->cascade, fmt::format("also if it has {}", users))
      .flag("--dry-run", given->dry_run, "say what would be deleted, and change nothing");
}

Result<json::Value> ask_to_delete(Client& client, std::string_view kind, const Deletion& given) {
  std::string path = api_path({fmt::format("{}s", kind), given.name});
  if (given.dry_run)
    path += "?dry_run=true";
  else if (given.cascade)
    path += given.force ? "?cascade=true&force=true" : "?cascade=true";
  else if (given.force)
    path += "?force=true";
  auto value = client.remove(path);
  if (!value && value.error().code == Errc::in_use)
    return fail(Errc::in_use,
                "{}; --cascade deletes it all the same, --dry-run shows what that does",
                without_parameters(value.error().what));
  return value;
}

Result<Answer> delete_object(Session& session, std::string_view kind, const Deletion& given) {
  TRY_ASSIGN(Client * client, session.client());
  TRY_ASSIGN(auto value, ask_to_delete(*client, kind, given));
  Answer answer{std::move(value), fmt::format("{} {}: deleted\n", kind, given.name), false};
  if (given.dry_run) {
    TRY_ASSIGN(answer.text, preview_text(answer.json, given));
  }
  return answer;
}

}  // namespace reeve::cli
