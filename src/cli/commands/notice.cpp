// reeve notice: what Reeve wants people to know.
#include "base/quote.hpp"
#include "cli/commands/commands.hpp"
#include "cli/show.hpp"
#include "cli/watch.hpp"
#include "manager/api/types.hpp"

namespace reeve::cli {

namespace {

using manager::api::NoticeView;

constexpr std::uint64_t kUsual = 50;

struct ListGiven {
  std::optional<std::uint64_t> most;
  bool only_unread = false;
};

struct ReadGiven {
  std::vector<std::string> uids;
  bool all = false;
};

std::string none_text(const Session& session, const ListGiven& given) {
  if (!given.only_unread) return "no notices: nothing needs your attention\n";
  return fmt::format("no unread notices; `{} notice ls` lists those that you have read too\n",
                     session.again());
}

Result<Answer> list(Session& session, const ListGiven& given) {
  TRY_ASSIGN(Client * client, session.client());
  TRY_ASSIGN(auto notices,
             client->list<NoticeView>(given.only_unread ? "/notices?unread=true" : "/notices",
                                      given.most.value_or(kUsual)));
  Answer answer{std::move(notices.json), "", false};
  if (notices.items.empty()) {
    answer.text = none_text(session, given);
    return answer;
  }
  Table table{{"LEVEL"},
              {"WHEN", Worth::extra},
              {"TITLE", Worth::always},
              {"TEXT", Worth::extra},
              {"UID", Worth::id}};
  for (const NoticeView& one : notices.items) {
    Tone tone = one.read ? Tone::faint : Tone::plain;
    table.add({one.read ? Cell(spoken(one.level), tone) : cell(one.level),
               Cell(relative(one.at, session.now()), tone),
               Cell(one.title, one.read ? tone : Tone::strong), Cell(one.text, tone),
               Cell(one.uid, tone)});
  }
  answer.text = table.text(session.out());
  return answer;
}

Result<Answer> show(Session& session, const std::string& uid) {
  TRY_ASSIGN(Client * client, session.client());
  TRY_ASSIGN(auto notices, client->list<NoticeView>("/notices"));
  const auto& all = notices.json.as_object().at("items").as_array();
  for (std::size_t i = 0; i < notices.items.size(); ++i) {
    const NoticeView& one = notices.items[i];
    if (one.uid != uid) continue;
    std::string text = paint(printable(one.title), Tone::strong, session.out());
    text += fmt::format(
        "\n{}, {}{}\n\n{}\n", paint(cell(one.level).text, cell(one.level).tone, session.out()),
        relative(one.at, session.now()), one.read ? ", read" : "", printable(one.text));
    return Answer{all[i], std::move(text), false};
  }
  return fail(Errc::not_found, "there is no notice {}", quote(uid));
}

Result<Answer> read(Session& session, const ReadGiven& given) {
  TRY_ASSIGN(Client * client, session.client());
  json::Object body;
  if (!given.all) body["notices"] = json::Array(given.uids.begin(), given.uids.end());
  TRY_ASSIGN(auto value, client->post("/notices/read", body));
  std::string text =
      given.all ? "every notice is read\n" : counted(given.uids.size(), "notice") + " read\n";
  return Answer{std::move(value), std::move(text), false};
}

void add_read(Command& notice) {
  auto given = std::make_shared<ReadGiven>();
  notice.add("read", "mark notices as read, for the bearer of your token")
      .optional_arguments("UID", given->uids, "as `reeve notice ls` shows it")
      .flag("--all", given->all, "all that there are")
      .check([given]() -> Result<> {
        if (given->uids.empty() != given->all)
          return fail(Errc::invalid, "name one or more notices, or say --all");
        return {};
      })
      .client([given](Session& session) { return read(session, *given); });
}

}  // namespace

void add_notice(Command& root) {
  Command notice = root.add("notice", "what needs attention", kRecordsGroup);
  notice.teach(
      "Examples:\n"
      "  reeve notice ls --unread\n"
      "  reeve notice get UID\n"
      "  reeve notice read --all\n"
      "\n"
      "What you have read others still see as unread: marks are kept by token.");
  auto given = std::make_shared<ListGiven>();
  Command ls = notice.add("ls", "list notices, newest first");
  ls.flag("--unread", given->only_unread, "only those that you have not read")
      .option("--limit,-n", "N", given->most, "at most so many; 50 if not given");
  watchable_client(ls, {"notice"}, [given](Session& session) { return list(session, *given); });
  auto shown = std::make_shared<std::string>();
  notice.add("get", "show a whole notice")
      .argument("UID", *shown, "as `reeve notice ls` shows it")
      .client([shown](Session& session) { return show(session, *shown); });
  add_read(notice);
}

}  // namespace reeve::cli
