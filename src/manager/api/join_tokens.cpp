// /api/v1/join-tokens: what lets machines in.
#include "base/quote.hpp"
#include "manager/api/answers.hpp"
#include "manager/api/body.hpp"
#include "manager/api/handlers.hpp"
#include "manager/api/paging.hpp"
#include "manager/ca_rotation.hpp"
#include "manager/token_secret.hpp"
#include "model/name.hpp"
#include "store/catalog/keys.hpp"

namespace reeve::manager::api {
namespace {

using TokenPtr = std::shared_ptr<const store::Document<model::StoredJoinToken>>;

const model::JoinToken& shown(const TokenPtr& token) { return token->value; }

bool matches(const Search& search, const model::JoinToken& token) {
  if (search.is_empty()) return true;
  std::string labels;
  for (const auto& [key, value] : token.labels) labels += key + '=' + value + ' ';
  return search.matches({token.uid, token.created_by, labels, token.name_pattern.value_or(""),
                         token.node.value_or("")});
}

Task<Result<Response>> create(Call call, model::JoinTokenRequest asked) {
  const auto& context = call.context;
  if (asked.node && !context.catalog.snapshot()->nodes.find(model::fold(*asked.node)))
    co_return fail_at("/node", Errc::invalid,
                      "there is no node {} whose place a machine could take: leave it out",
                      quote(*asked.node));
  auto actor = actor_of(call);
  auto made = make_join_token(asked, actor.who, context.ca.fingerprint(), context.clock.wall());
  Edit edit{
      "join_token.create", "join-token/" + made.shown.uid, nullptr, json::encode(made.shown), {},
      {write_of(made)}};
  CO_TRY(co_await context.editor.commit(std::move(actor), std::move(edit)));
  model::JoinTokenSecret answer;
  static_cast<model::JoinToken&>(answer) = made.shown;
  answer.token = made.secret;
  co_return json_answer(answer, 201);
}

// A use of the token by a joining machine may come between: then it is looked at again.
Task<Result<>> remove(Call call, std::string uid) {
  const auto& context = call.context;
  auto key = store::keys::join_token(uid);
  Decision decide = [&]() -> Result<std::optional<Edit>> {
    auto snapshot = context.catalog.snapshot();
    const auto* found = snapshot->join_tokens.find(uid);
    if (!found) return fail(Errc::not_found, "there is no join token {}", quote(uid));
    const auto& token = *found;
    return Edit{"join_token.delete",      "join-token/" + uid, json::encode(shown(token)), nullptr,
                {{key, token->modified}}, {{key, nullptr}}};
  };
  co_return co_await context.editor.commit_decided(actor_of(call), decide);
}

}  // namespace

Result<Response> list_join_tokens(const Call& call) {
  Query query(call.request);
  auto page = page_request(query);
  TRY(query.check());
  return page_of(
      call.snapshot->join_tokens, page,
      [&](const TokenPtr& token) { return matches(page.search, token->value); },
      [](const TokenPtr& token) { return json::encode_text(shown(token)); });
}

Task<Result<Response>> create_join_token(Call call) {
  CO_TRY(Query(call.request).check());
  CO_TRY_ASSIGN(auto asked, body_or_default<model::JoinTokenRequest>(call.request));
  auto work = create(call, std::move(asked));
  co_return co_await async::on_loop(call.context.domain, std::move(work));
}

Task<Result<Response>> delete_join_token(Call call) {
  CO_TRY(Query(call.request).check());
  auto work = remove(call, call.param("token"));
  CO_TRY(co_await async::on_loop(call.context.domain, std::move(work)));
  co_return no_content();
}

}  // namespace reeve::manager::api
