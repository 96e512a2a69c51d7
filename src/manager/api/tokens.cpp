// /api/v1/tokens: API tokens, shown once and stored as digests.
#include "base/quote.hpp"
#include "manager/api/answers.hpp"
#include "manager/api/body.hpp"
#include "manager/api/handlers.hpp"
#include "manager/api/paging.hpp"
#include "manager/keyed_locks.hpp"
#include "manager/token_secret.hpp"
#include "model/name.hpp"
#include "net/digest.hpp"
#include "store/catalog/keys.hpp"

namespace reeve::manager::api {
namespace {

using TokenPtr = std::shared_ptr<const store::Document<model::StoredToken>>;
constexpr const char* kLock = "tokens";  // names are unique, and one administrator stays

const model::Token& shown(const TokenPtr& token) { return token->value; }

// By its uid or its name.
TokenPtr token_called(const store::Snapshot& snapshot, const std::string& text) {
  if (const auto* found = snapshot.tokens.find(text)) return *found;
  auto folded = model::fold(text);
  for (const auto& [uid, token] : snapshot.tokens)
    if (model::fold(token->value.name) == folded) return token;
  return nullptr;
}

bool is_lasting_administrator(const model::StoredToken& token) {
  return token.role == model::Role::administrator && !token.expires;
}

bool is_last_administrator(const store::Snapshot& snapshot, const model::StoredToken& token) {
  if (!is_lasting_administrator(token)) return false;
  return std::ranges::none_of(snapshot.tokens, [&](const auto& item) {
    return item.key != token.uid && is_lasting_administrator(item.value->value);
  });
}

Task<Result<Response>> create(Call call, model::TokenRequest asked) {
  const auto& context = call.context;
  auto held = co_await context.locks.hold(kLock);
  if (token_called(*context.catalog.snapshot(), asked.name))
    co_return fail_at("/name", Errc::exists, "there is a token {} already", quote(asked.name));
  auto actor = actor_of(call);
  auto made = make_token(asked, actor.who, context.clock.wall());
  Edit edit{"token.create",  "token/" + asked.name, nullptr, json::encode(made.shown), {},
            {write_of(made)}};
  CO_TRY(co_await context.editor.commit(std::move(actor), std::move(edit)));
  model::TokenSecret answer;
  static_cast<model::Token&>(answer) = made.shown;
  answer.token = made.secret;
  co_return json_answer(answer, 201);
}

Task<Result<>> remove(Call call, std::string name) {
  const auto& context = call.context;
  auto held = co_await context.locks.hold(kLock);
  auto snapshot = context.catalog.snapshot();
  auto token = token_called(*snapshot, name);
  if (!token) co_return fail(Errc::not_found, "there is no token {}", quote(name));
  if (is_last_administrator(*snapshot, token->value))
    co_return fail(Errc::in_use,
                   "token \"{}\" is the last administrator's that does not expire; make another "
                   "one first",
                   token->value.name);
  auto key = store::keys::token(token->value.uid);
  Edit edit{"token.delete", "token/" + token->value.name, json::encode(shown(token)),
            nullptr,        {{key, token->modified}},     {{key, nullptr}}};
  // What its bearer had read is nobody's any more.
  if (snapshot->read_marks.find(token->value.uid))
    edit.writes.push_back({store::keys::read_marks(token->value.uid), nullptr});
  CO_TRY(co_await context.editor.commit(actor_of(call), std::move(edit)));
  co_return Result<>();
}

}  // namespace

Result<Response> list_tokens(const Call& call) {
  Query query(call.request);
  auto page = page_request(query);
  TRY(query.check());
  return page_of(
      call.snapshot->tokens, page,
      [&](const TokenPtr& token) { return page.search.matches({token->value.name}); },
      [](const TokenPtr& token) { return json::encode_text(shown(token)); });
}

Task<Result<Response>> create_token(Call call) {
  CO_TRY(Query(call.request).check());
  CO_TRY_ASSIGN(auto asked, body<model::TokenRequest>(call.request));
  auto work = create(call, std::move(asked));
  co_return co_await async::on_loop(call.context.domain, std::move(work));
}

Task<Result<Response>> delete_token(Call call) {
  CO_TRY(Query(call.request).check());
  auto work = remove(call, call.param("token"));
  CO_TRY(co_await async::on_loop(call.context.domain, std::move(work)));
  co_return no_content();
}

}  // namespace reeve::manager::api
