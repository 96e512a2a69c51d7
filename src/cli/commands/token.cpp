// reeve token: API tokens for programs and people.
#include "base/duration.hpp"
#include "base/quote.hpp"
#include "cli/commands/commands.hpp"
#include "cli/show.hpp"
#include "model/access.hpp"

#include <algorithm>

namespace reeve::cli {

namespace {

struct Given {
  std::string name;
  std::string role;
  std::optional<std::string> lifetime;
};

Result<> check(const Given& given) {
  if (std::ranges::find(json::kEnumNames<model::Role>, given.role) ==
      json::kEnumNames<model::Role>.end())
    return fail(Errc::invalid, "--role must be viewer, operator or administrator, got {}",
                quote(given.role));
  if (given.lifetime) TRY(parse_duration(*given.lifetime), "in --lifetime");
  return {};
}

Result<Answer> create(Session& session, const Given& given) {
  json::Object body{{"name", given.name}, {"role", given.role}};
  if (given.lifetime) body["lifetime"] = *given.lifetime;
  TRY_ASSIGN(Client * client, session.client());
  TRY_ASSIGN(auto value, client->post("/tokens", body));
  TRY_ASSIGN(auto made, json::decode<model::TokenSecret>(value, json::Mode::lenient));
  Answer answer{std::move(value), made.token + "\n", false};
  if (session.out().is_terminal)
    answer.text += fmt::format("\nto use it:\n  export REEVE_ADDR={} REEVE_TOKEN={}\n",
                               client->server().url, made.token);
  return answer;
}

Result<Answer> list(Session& session) {
  TRY_ASSIGN(Client * client, session.client());
  TRY_ASSIGN(auto tokens, client->list<model::Token>("/tokens"));
  Table table{"NAME", "ROLE", "EXPIRES", "MADE", {"BY", Worth::extra}, {"UID", Worth::extra}};
  for (const model::Token& one : tokens.items)
    table.add({one.name, spoken(one.role),
               one.expires ? relative(*one.expires, session.now()) : "never",
               relative(one.created, session.now()), one.created_by, one.uid});
  return Answer{std::move(tokens.json), table.text(session.out()), false};
}

Result<Answer> remove(Session& session, const std::string& token) {
  TRY_ASSIGN(Client * client, session.client());
  TRY_ASSIGN(auto value, client->remove(api_path({"tokens", token})));
  return Answer{std::move(value), fmt::format("token {}: deleted\n", token), false};
}

}  // namespace

void add_token(Command& root) {
  Command token = root.add("token", "tokens for the API", kAccessGroup);
  token.teach(
      "Examples:\n"
      "  reeve token create ci --role operator --lifetime 30d\n"
      "  reeve token ls\n"
      "  reeve token delete ci\n"
      "  REEVE_ADDR=http://127.0.0.1:7700 REEVE_TOKEN=$(cat token) reeve service ls");
  auto given = std::make_shared<Given>();
  token.add("create", "make a token; it is shown this once")
      .argument("NAME", given->name, "whose it is; stands in the audit log")
      .required_option("--role", "ROLE", given->role, "viewer, operator or administrator")
      .option("--lifetime", "TIME", given->lifetime,
              "how long it is good: 12h, 30d; for ever if "
              "not given")
      .check([given] { return check(*given); })
      .client([given](Session& session) { return create(session, *given); });
  token.add("ls", "list tokens, without their secrets").client(list);
  auto which = std::make_shared<std::string>();
  token.add("delete", "the token is good for nothing any more")
      .alias("rm")
      .argument("TOKEN", *which, "its name or UID, as `reeve token ls` shows them")
      .client([which](Session& session) { return remove(session, *which); });
}

}  // namespace reeve::cli
