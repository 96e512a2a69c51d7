#include "manager/api/auth.hpp"

#include "base/log.hpp"
#include "net/digest.hpp"

namespace reeve::manager::api {
namespace {

constexpr std::string_view kScheme = "Bearer ";

Result<std::string_view> bearer(const net::Request& request) {
  auto header = request.headers.find("Authorization");
  if (!header)
    return fail(Errc::unauthenticated, "expected the header Authorization: Bearer <API token>");
  bool is_bearer =
      header->size() > kScheme.size() && net::same_word(header->substr(0, kScheme.size()), kScheme);
  if (!is_bearer)
    return fail(Errc::unauthenticated, "expected \"Bearer <API token>\" in Authorization");
  return header->substr(kScheme.size());
}

}  // namespace

bool permits(Permission needed, model::Role role) {
  switch (needed) {
    case Permission::anyone:
    case Permission::viewer: return true;
    case Permission::operator_: return role >= model::Role::operator_;
    case Permission::administrator: return role >= model::Role::administrator;
  }
  return false;
}

Result<Caller> authenticate(const net::Request& request, const store::Snapshot& snapshot,
                            WallTime now) {
  TRY_ASSIGN(auto secret, bearer(request));
  const auto* found = snapshot.tokens_by_hash.find(net::sha256(secret));
  if (!found) return fail(Errc::unauthenticated, "the API token is unknown or was revoked");
  const auto& token = (*found)->value;
  if (token.expires && *token.expires <= now)
    return fail(Errc::unauthenticated, "the API token \"{}\" has expired", token.name);
  return Caller{*found};
}

std::string origin_of(const net::Request& request) { return request.peer->endpoint.host; }

Actor actor_of(const Call& call) {
  const auto& token = call.caller.token;
  return {token ? token->value.name : "", token ? token->value.role : model::Role::viewer,
          origin_of(call.request), call.request.request_id};
}

Refusals::Refusals(async::Loop& domain, const sys::Clock& clock, Editor& editor)
    : domain_(domain),
      clock_(clock),
      editor_(editor),
      tasks_(std::make_shared<async::TaskGroup>(domain, "refused attempts")) {}

bool Refusals::is_within_limits(const std::string& from) {
  std::lock_guard lock(mutex_);
  return limit_.allow(from, clock_.now());
}

void Refusals::note(const net::Request& request, const Caller& caller, const Error& why) {
  Actor actor{caller.token ? caller.token->value.name : "",
              caller.token ? caller.token->value.role : model::Role::viewer, origin_of(request),
              request.request_id};
  if (!is_within_limits(actor.from)) return;
  log::warning("request refused", {{"from", actor.from}, {"who", actor.who}, {"why", why.what}});
  auto object = fmt::format("{} {}", net::to_string(request.method), request.path().substr(0, 256));
  domain_.post([tasks = tasks_, &editor = editor_, actor = std::move(actor),
                object = std::move(object), why = why.what]() mutable {
    tasks->start(
        editor.record_refusal(std::move(actor), "request", std::move(object), std::move(why)));
  });
}

Task<Result<>> Refusals::stop(Duration limit) { return tasks_->stop(limit); }

}  // namespace reeve::manager::api
