// reeve join-token: what lets a machine become a node.
#include "base/duration.hpp"
#include "base/ip_address.hpp"
#include "base/quote.hpp"
#include "cli/commands/arguments.hpp"
#include "cli/commands/commands.hpp"
#include "cli/show.hpp"
#include "model/access.hpp"

#include <charconv>

namespace reeve::cli {

namespace {

struct Given {
  std::optional<std::string> uses;
  bool unlimited = false;
  std::optional<std::string> expires;
  std::vector<std::string> labels;
  std::optional<std::string> name_pattern;
  std::optional<std::string> node;
};

constexpr std::string_view kUnlimited = "unlimited";

Result<std::uint64_t> parse_uses(const std::string& text) {
  std::uint64_t uses = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), uses);
  if (error == std::errc{} && end == text.data() + text.size() && uses > 0) return uses;
  return fail(Errc::invalid, "--uses: expected a number from 1 or \"unlimited\", got {}",
              quote(text));
}

/// What the API is asked for; the same for the check before it and for the request.
Result<json::Object> body_of(const Given& given) {
  TRY_ASSIGN(auto labels, parse_pairs(given.labels));
  bool is_unlimited = given.unlimited || given.uses == kUnlimited;
  if (given.uses && given.unlimited) return fail(Errc::invalid, "say either --uses or --unlimited");
  json::Object body{{"labels", pairs_value(labels)}, {"unlimited", is_unlimited}};
  if (given.uses && !is_unlimited) {
    TRY_ASSIGN(body["uses"], parse_uses(*given.uses));
  }
  if (given.expires) {
    TRY(parse_duration(*given.expires), "in --lifetime");
    body["lifetime"] = *given.expires;
  }
  if (given.name_pattern) body["name_pattern"] = *given.name_pattern;
  if (given.node) body["node"] = *given.node;
  return body;
}

Result<> check(const Given& given) {
  TRY(body_of(given));
  return {};
}

std::string how_to_join(const std::string& host, const std::string& token) {
  auto here = IpAddress::parse(host);
  bool is_loopback = host == "localhost" || (here && here->is_loopback());
  if (!is_loopback)
    return fmt::format("\non the machine that joins:\n  reeve agent --manager {} --join {}\n", host,
                       token);
  return fmt::format(
      "\non the machine that joins, with this machine's address:\n"
      "  reeve agent --manager ADDRESS --join {}\n"
      "others reach a manager that was started with --link-listen 0.0.0.0:7701\n",
      token);
}

Result<Answer> create(Session& session, const Given& given) {
  TRY_ASSIGN(auto body, body_of(given));
  TRY_ASSIGN(Client * client, session.client());
  TRY_ASSIGN(auto value, client->post("/join-tokens", body));
  TRY_ASSIGN(auto made, json::decode<model::JoinTokenSecret>(value, json::Mode::lenient));
  Answer answer{std::move(value), made.token + "\n", false};
  if (session.out().is_terminal)
    answer.text += how_to_join(client->server().endpoint.host, made.token);
  return answer;
}

std::string uses_text(const model::JoinToken& token) {
  return token.uses ? fmt::format("{}/{}", token.used, *token.uses)
                    : fmt::format("{}/unlimited", token.used);
}

std::string names_text(const model::JoinToken& token) {
  if (token.node) return "node " + *token.node;
  return token.name_pattern.value_or("any name");
}

Result<Answer> list(Session& session) {
  TRY_ASSIGN(Client * client, session.client());
  TRY_ASSIGN(auto tokens, client->list<model::JoinToken>("/join-tokens"));
  Answer answer{std::move(tokens.json), "", false};
  if (tokens.items.empty()) {
    answer.text =
        fmt::format("no join tokens: `{} join-token create` makes one\n", session.again());
    return answer;
  }
  Table table{{"UID", Worth::id}, {"USED", Align::right}, "EXPIRES",           "FOR",
              "LABELS",           {"MADE", Worth::extra}, {"BY", Worth::extra}};
  for (const model::JoinToken& one : tokens.items)
    table.add({one.uid, uses_text(one),
               one.expires ? relative(*one.expires, session.now()) : "never", names_text(one),
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
      "  reeve join-token create --uses 20 --lifetime 1h --label idc=bj --name-pattern 'web-*'\n"
      "  reeve join-token create --node web-1       a new machine takes the place of web-1\n"
      "  reeve join-token ls\n"
      "  reeve join-token delete UID\n"
      "\n"
      "With it, on the machine that joins: reeve agent --manager HOST --join TOKEN");
  auto given = std::make_shared<Given>();
  token.add("create", "make a token; it is shown this once")
      .option("--uses", "N", given->uses,
              "how many machines may join with it, or \"unlimited\"; 1 if not given")
      .flag("--unlimited", given->unlimited, "any number of machines")
      .option("--lifetime,--expires", "TIME", given->expires,
              "how long it is good: 30m, 12h; 24h if not given")
      .option("--label", "KEY=VALUE", given->labels, "a label of the nodes; may be repeated")
      .option("--name-pattern", "PATTERN", given->name_pattern,
              "for nodes with such names alone: web-*")
      .option("--node", "NODE", given->node,
              "for the machine that takes the place of this node; the old one is shut out")
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
