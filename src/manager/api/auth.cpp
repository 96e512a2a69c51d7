#include "manager/api/auth.hpp"

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

Actor actor_of(const Caller& caller, const net::Request& request) {
  const auto& token = caller.token;
  return {token ? token->value.name : "", token ? token->value.role : model::Role::viewer,
          request.peer->endpoint.host, request.request_id};
}

Actor actor_of(const Call& call) { return actor_of(call.caller, call.request); }

}  // namespace reeve::manager::api
