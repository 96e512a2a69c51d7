// reeve audit: who changed what, from where.
#include "base/duration.hpp"
#include "base/quote.hpp"
#include "base/time_text.hpp"
#include "cli/commands/commands.hpp"
#include "cli/difference.hpp"
#include "cli/show.hpp"

namespace reeve::cli {

namespace {

constexpr std::uint64_t kUsual = 50;

struct Given {
  std::optional<std::string> search;
  std::optional<std::string> service;
  std::optional<std::string> object;
  std::optional<std::string> who;
  std::optional<std::string> since;
  std::optional<std::uint64_t> most;

  bool is_narrowed() const { return search || service || object || who || since; }
};

/// "2h": so long ago; else a moment.
Result<WallTime> moment(const std::string& text, WallTime now) {
  if (auto length = parse_duration(text)) return now - *length;
  auto time = parse_time(text);
  if (time) return *time;
  return fail(Errc::invalid,
              "--since takes a length (2h, 30m) or a moment (2026-11-23T08:00:00Z), got {}",
              quote(text));
}

Result<> check(const Given& given) {
  if (given.service && given.object)
    return fail(Errc::invalid, "--service and --object exclude each other");
  if (given.since) {
    TRY(moment(*given.since, WallTime{} + std::chrono::years(56)));
  }
  return {};
}

Result<std::string> path_of(const Given& given, WallTime now) {
  std::string path = "/audit";
  auto add = [&](std::string_view name, const std::string& value) {
    path += path.find('?') == path.npos ? '?' : '&';
    path.append(name).append("=").append(net::percent_encode(value));
  };
  if (given.search) add("q", *given.search);
  if (given.service) add("object", "service/" + *given.service);
  if (given.object) add("object", *given.object);
  if (given.who) add("who", *given.who);
  if (given.since) {
    TRY_ASSIGN(auto since, moment(*given.since, now));
    add("after", format_time(since));
  }
  return path;
}

std::string values_text(const json::Object& object) {
  std::string text;
  for (const auto& member : object)
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", std::string_view(member.key()),
                        value_text(member.value()));
  return text;
}

std::string change_text(const model::AuditEntry& entry) {
  if (entry.refused) return "refused: " + entry.why;
  const auto* before = entry.before.if_object();
  const auto* after = entry.after.if_object();
  if (before && after) return fields_text(*before, *after, false);
  return after ? "+ " + values_text(*after) : before ? "- " + values_text(*before) : "";
}

Result<Answer> list(Session& session, const Given& given) {
  TRY_ASSIGN(Client * client, session.client());
  TRY_ASSIGN(auto path, path_of(given, session.now()));
  TRY_ASSIGN(auto entries, client->list<model::AuditEntry>(path, given.most.value_or(kUsual)));
  Answer answer{std::move(entries.json), "", false};
  if (entries.items.empty()) {
    answer.text = given.is_narrowed() ? "no entry matches\n" : "nothing has been changed yet\n";
    return answer;
  }
  Table table{"WHEN",
              {"WHO", Worth::always},
              {"FROM", Worth::extra},
              {"ACTION", Worth::always},
              {"OBJECT", Worth::always},
              {"CHANGE", Worth::extra}};
  for (const model::AuditEntry& one : entries.items)
    table.add({relative(one.at, session.now()), one.who.empty() ? "-" : one.who,
               one.from.empty() ? "-" : one.from,
               Cell(one.action, one.refused ? Tone::bad : Tone::plain), one.object,
               change_text(one)});
  answer.text = table.text(session.out());
  return answer;
}

}  // namespace

void add_audit(Command& root) {
  auto given = std::make_shared<Given>();
  Command audit = root.add("audit", "who changed what", kRecordsGroup);
  audit.teach(
      "Examples:\n"
      "  reeve audit --service pay --since 2h\n"
      "  reeve audit --who ci --limit 200\n"
      "  reeve audit --object node/web-1\n"
      "  reeve audit -q refused --json | jq '.items[].why'");
  audit.option("--service", "SERVICE", given->service, "only what was done to this one")
      .option("--object", "KIND/NAME", given->object, "the same of any object: node/web-1")
      .option("--who", "NAME", given->who, "only what the bearer of this token did")
      .option("--since", "WHEN", given->since, "a length (2h) or a moment (2026-11-23T08:00:00Z)")
      .option("--search,-q", "WORDS", given->search, "only entries with these words in them")
      .option("--limit,-n", "N", given->most, "at most so many, newest first; 50 if not given")
      .check([given] { return check(*given); })
      .client([given](Session& session) { return list(session, *given); });
}

}  // namespace reeve::cli
