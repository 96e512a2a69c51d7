// reeve notice: what Reeve wants people to know.
#include "cli/commands/commands.hpp"
#include "cli/show.hpp"

namespace reeve::cli {

namespace {

constexpr std::uint64_t kUsual = 50;

Result<Answer> list(Session& session, std::uint64_t most) {
  TRY_ASSIGN(Client * client, session.client());
  TRY_ASSIGN(auto notices, client->list<model::Notice>("/notices", most));
  Answer answer{std::move(notices.json), "", false};
  if (notices.items.empty()) {
    answer.text = "no notices: nothing needs your attention\n";
    return answer;
  }
  Table table{"WHEN", "LEVEL", "TITLE", "TEXT"};
  for (const model::Notice& one : notices.items)
    table.add({relative(one.at, session.now()), cell(one.level), one.title, one.text});
  answer.text = table.text(session.out());
  return answer;
}

}  // namespace

void add_notice(Command& root) {
  Command notice = root.add("notice", "what needs attention", kRecordsGroup);
  auto most = std::make_shared<std::optional<std::uint64_t>>();
  notice.add("ls", "list notices, newest first")
      .option("-n", "N", *most, "at most so many; 50 if not given")
      .client([most](Session& session) { return list(session, most->value_or(kUsual)); });
}

}  // namespace reeve::cli
