// reeve audit: who changed what, from where.
#include "cli/commands/commands.hpp"
#include "cli/show.hpp"

namespace reeve::cli {

namespace {

constexpr std::uint64_t kUsual = 50;

struct Given {
  std::optional<std::string> search;
  std::optional<std::uint64_t> most;
};

std::string change_text(const model::AuditEntry& entry) {
  if (entry.refused) return "refused: " + entry.why;
  if (entry.before.is_null() && entry.after.is_null()) return "";
  return json::serialize(entry.before) + " → " + json::serialize(entry.after);
}

Result<Answer> list(Session& session, const Given& given) {
  TRY_ASSIGN(Client * client, session.client());
  std::string path = "/audit";
  if (given.search) path += "?q=" + net::percent_encode(*given.search);
  TRY_ASSIGN(auto entries, client->list<model::AuditEntry>(path, given.most.value_or(kUsual)));
  Answer answer{std::move(entries.json), "", false};
  if (entries.items.empty()) {
    answer.text = given.search ? "no entry matches\n" : "nothing has been changed yet\n";
    return answer;
  }
  Table table{"WHEN", "WHO", "FROM", "ACTION", "OBJECT", "CHANGE"};
  for (const model::AuditEntry& one : entries.items)
    table.add({relative(one.at, session.now()), one.who.empty() ? "-" : one.who, one.from,
               Cell(one.action, one.refused ? Tone::bad : Tone::plain), one.object,
               change_text(one)});
  answer.text = table.text(session.out());
  return answer;
}

}  // namespace

void add_audit(Command& root) {
  auto given = std::make_shared<Given>();
  root.add("audit", "who changed what", kRecordsGroup)
      .option("--search,-q", "WORDS", given->search, "only entries with these words in them")
      .option("-n", "N", given->most, "at most so many, newest first; 50 if not given")
      .client([given](Session& session) { return list(session, *given); });
}

}  // namespace reeve::cli
