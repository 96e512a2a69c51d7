// reeve join-token: what lets a machine become a node.
#include "base/duration.hpp"
#include "cli/commands/arguments.hpp"
#include "cli/commands/commands.hpp"
#include "cli/show.hpp"
#include "model/access.hpp"

namespace reeve::cli {

namespace {

struct Given {
  std::optional<std::uint64_t> uses;
  bool unlimited = false;
  std::optional<std::string> lifetime;
  std::vector<std::string> labels;
};

Result<> check(const Given& given) {
  if (given.uses && given.unlimited) return fail(Errc::invalid, "say either --uses or --unlimited");
  if (given.lifetime) TRY(parse_duration(*given.lifetime), "in --lifetime");
  TRY(parse_pairs(given.labels));
  return {};
}

Result<Answer> create(Session& session, const Given& given) {
  TRY_ASSIGN(auto labels, parse_pairs(given.labels));
  json::Object body{{"labels", pairs_value(labels)}, {"unlimited", given.unlimited}};
  if (given.uses) body["uses"] = *given.uses;
  if (given.lifetime) body["lifetime"] = *given.lifetime;
  TRY_ASSIGN(Client * client, session.client());
  TRY_ASSIGN(auto value, client->post("/join-tokens", body));
  TRY_ASSIGN(auto made, json::decode<model::JoinTokenSecret>(value, json::Mode::lenient));
  Answer answer{std::move(value), made.token + "\n", false};
  if (session.out().is_terminal)
    answer.text +=
        fmt::format("\non the machine that joins:\n  reeve agent --manager {} --join {}\n",
                    client->server().endpoint.host, made.token);
  return answer;
}

std::string uses_text(const model::JoinToken& token) {
  return token.uses ? fmt::format("{}/{}", token.used, *token.uses)
                    : fmt::format("{}/unlimited", token.used);
}

Result<Answer> list(Session& session) {
  TRY_ASSIGN(Client * client, session.client());
  TRY_ASSIGN(auto tokens, client->list<model::JoinToken>("/join-tokens"));
  Answer answer{std::move(tokens.json), "", false};
  if (tokens.items.empty()) {
    answer.text =
        fmt::format("no join tokens: `{} join-token create` makes one\n", session.program());
    return answer;
  }
  Table table{"UID", {"USED", Align::right}, "EXPIRES", "LABELS", "MADE", "BY"};
  for (const model::JoinToken& one : tokens.items)
    table.add({one.uid, uses_text(one),
               one.expires ? relative(*one.expires, session.now()) : "never",
               labels_text(one.labels), relative(one.created, session.now()), one.created_by});
  answer.text = table.text(session.out());
  return answer;
}

Result<Answer> remove(Session& session, const std::string& uid) {
  TRY_ASSIGN(Client * client, session.client());
  TRY_ASSIGN(auto value, client->remove(api_path({"join-tokens", uid})));
  return Answer{std::move(value), fmt::format("join token {}: deleted\n", uid), false};
}

}  // namespace

void add_join_token(Command& root) {
  Command token = root.add("join-token", "tokens for machines that join", kAccessGroup);
  token.teach(
      "Examples:\n"
      "  reeve join-token create\n"
      "  reeve join-token create --uses 20 --lifetime 1h --label idc=bj\n"
      "\n"
      "On the machine that joins:\n"
      "  reeve agent --manager HOST --join TOKEN");
  auto given = std::make_shared<Given>();
  token.add("create", "make a token; it is shown this once")
      .option("--uses", "N", given->uses, "how many machines may join with it; 1 if not given")
      .flag("--unlimited", given->unlimited, "any number of machines")
      .option("--lifetime", "TIME", given->lifetime,
              "how long it is good: 30m, 12h; 24h if not given")
      .option("--label", "KEY=VALUE", given->labels, "a label of the nodes; may be repeated")
      .check([given] { return check(*given); })
      .client([given](Session& session) { return create(session, *given); });
  token.add("ls", "list tokens, without their secrets").client(list);
  auto uid = std::make_shared<std::string>();
  token.add("delete", "nobody joins with it any more; who has joined stays")
      .alias("rm")
      .argument("UID", *uid, "as `reeve join-token ls` shows it")
      .client([uid](Session& session) { return remove(session, *uid); });
}

}  // namespace reeve::cli
